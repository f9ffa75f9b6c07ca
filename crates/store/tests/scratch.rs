#![allow(missing_docs)]
use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;
use std::process::Command;
#[test]
fn scratch() {
    let shapes: Vec<fn(&str, usize) -> String> = vec![
        |k, n| format!("SELECT {}1", format!("{k} ").repeat(n)),
        |k, n| format!("SELECT 1 {}", format!("{k} ").repeat(n)),
        |k, n| format!("SELECT 1 {}", format!("{k} 1 ").repeat(n)),
        |k, n| format!("SELECT {}", format!("1 {k} ").repeat(n)),
        |k, n| format!("SELECT * FROM a {}", format!("{k} a ").repeat(n)),
        |k, n| format!("SELECT * FROM a {}", format!("{k} ").repeat(n)),
        |k, n| format!("{}SELECT 1", format!("{k} ").repeat(n)),
        |k, n| format!("SELECT CAST(1 AS {})", format!("{k} ").repeat(n)),
        |k, n| format!("CREATE {} a", format!("{k} ").repeat(n)),
        |k, n| format!("ALTER TABLE a {}", format!("{k} ").repeat(n)),
        |k, n| format!("SELECT 1 FROM a {}", format!("{k} SELECT 1 ").repeat(n)),
    ];
    if let Ok(which) = std::env::var("SCRATCH") {
        let (shape, from) = which.split_once(':').unwrap();
        let (shape, from): (usize, usize) = (shape.parse().unwrap(), from.parse().unwrap());
        for (at, k) in ALL_KEYWORDS.iter().enumerate().skip(from) {
            println!("AT {at} {k}");
            let n = 60_000 / shapes[shape](k, 100).len() * 100;
            let begun = std::time::Instant::now();
            let _ = maru_store::check_sql(&shapes[shape](k, n));
            if begun.elapsed().as_secs() > 1 {
                println!("SLOW {k} {:?}", begun.elapsed());
            }
        }
        return;
    }
    for shape in 0..shapes.len() {
        let mut from = 0;
        loop {
            let out = Command::new(std::env::current_exe().unwrap())
                .args(["scratch", "--exact", "--nocapture"])
                .env("SCRATCH", format!("{shape}:{from}"))
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&out.stdout).into_owned();
            for l in text.lines().filter(|l| l.starts_with("SLOW")) {
                println!("shape {shape} {l}");
            }
            if out.status.success() {
                break;
            }
            let last = text.lines().filter(|l| l.starts_with("AT")).last().unwrap().to_owned();
            println!("shape {shape} CRASH {last} {:?}", out.status);
            from = last.split(' ').nth(1).unwrap().parse::<usize>().unwrap() + 1;
        }
        println!("shape {shape} done");
    }
}
