import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A Maru of its own for a spec, in a temporary folder, that ends with it. */
export class Maru {
  readonly url: string;
  /** The one-time link that it printed. */
  readonly signInLink: string;
  private readonly process: ChildProcess;
  private readonly folder: string;

  private constructor(process: ChildProcess, folder: string, url: string, signInLink: string) {
    this.process = process;
    this.folder = folder;
    this.url = url;
    this.signInLink = signInLink;
  }

  /** Starts it on a free port and waits for its link. It reads this machine every second, so that a band is soon there. */
  static async start(): Promise<Maru> {
    const program = process.env.MARU_BIN;
    if (!program) throw new Error("MARU_BIN names no program; `cargo xtask test --only browser` sets it.");
    const folder = mkdtempSync(join(tmpdir(), "maru-browser-"));
    const child = spawn(program, ["up", "--data", folder, "--listen", "127.0.0.1:0"], {
      env: { PATH: process.env.PATH, HOME: folder, LANG: "C.UTF-8", MARU_WATCH_INTERVAL_SECONDS: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const link = await new Promise<string>((found, failed) => {
      let said = "";
      const listen = (piece: Buffer) => {
        said += piece.toString();
        const link = /https?:\/\/\S+\/sign-in#code=\S+/.exec(said);
        if (link) found(link[0]);
      };
      child.stdout.on("data", listen);
      child.stderr.on("data", listen);
      child.on("exit", code => failed(new Error(`Maru ended with ${code}:\n${said}`)));
      setTimeout(() => failed(new Error(`Maru printed no link within a minute:\n${said}`)), 60_000).unref();
    });
    return new Maru(child, folder, new URL(link).origin, link);
  }

  /** Stops it and removes what it kept. */
  async stop(): Promise<void> {
    const ended = new Promise<void>(done => this.process.once("exit", () => done()));
    this.process.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
