//! What the program says at its front door, in the reader's language. Everything behind it speaks English.

use std::{fmt::Display, path::Path};

/// A language that the front door speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// The language that the environment asks for: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that says anything.
    #[must_use]
    pub fn of(environment: &[(String, String)]) -> Self {
        let said = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| {
            let value = environment.iter().find(|(variable, _)| variable == name).map(|(_, value)| value);
            value.filter(|value| !value.is_empty())
        });
        if said.is_some_and(|locale| locale.starts_with("ko")) { Self::Korean } else { Self::English }
    }

    fn pick(self, english: &'static str, korean: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Korean => korean,
        }
    }

    /// What Maru is, in a line.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.pick(
            "Maru watches what a team runs, and is run by the team itself.",
            "Maru는 팀이 직접 운영하며, 팀의 시스템을 지켜보는 프로그램입니다.",
        )
    }

    /// The heading over the command that starts everything.
    #[must_use]
    pub fn start_heading(self) -> &'static str {
        self.pick("Start here:", "시작하기:")
    }

    /// The heading over nouns of operations.
    #[must_use]
    pub fn operations_heading(self) -> &'static str {
        self.pick("Operations, `maru <noun> <verb>`:", "작업, `maru <대상> <동작>`:")
    }

    /// The heading over the commands of the program itself.
    #[must_use]
    pub fn program_heading(self) -> &'static str {
        self.pick("The program itself:", "프로그램 자체:")
    }

    /// The heading over flags.
    #[must_use]
    pub fn options_heading(self) -> &'static str {
        self.pick("Options:", "옵션:")
    }

    /// The heading over exit codes.
    #[must_use]
    pub fn exit_codes_heading(self) -> &'static str {
        self.pick("Exit codes:", "종료 코드:")
    }

    /// What `up` does, in a line.
    #[must_use]
    pub fn up_about(self) -> &'static str {
        self.pick("Start Maru and watch this machine", "Maru를 시작하고 이 컴퓨터를 지켜봅니다")
    }

    /// What to type when nothing was typed.
    #[must_use]
    pub fn nothing_typed(self) -> &'static str {
        self.pick(
            "Maru watches what a team runs, and is run by the team itself.\n\n  \
             maru up            start it and watch this machine\n  \
             maru series list   what is watched\n  \
             maru sql '…'       ask anything, in SQL\n  \
             maru --help        everything else",
            "Maru는 팀이 직접 운영하며, 팀의 시스템을 지켜보는 프로그램입니다.\n\n  \
             maru up            시작하고 이 컴퓨터를 지켜봅니다\n  \
             maru series list   지켜보고 있는 항목\n  \
             maru sql '…'       SQL로 무엇이든 묻기\n  \
             maru --help        그 밖의 모든 것",
        )
    }

    /// That it runs, and where its data is.
    #[must_use]
    pub fn running(self, version: &str, data: &Path) -> String {
        let data = data.display();
        match self {
            Self::English => format!("Maru {version} is running; its data is in {data}"),
            Self::Korean => format!("Maru {version} 실행 중, 데이터 폴더: {data}"),
        }
    }

    /// Where the console is.
    #[must_use]
    pub fn console(self, url: impl Display) -> String {
        match self {
            Self::English => format!("Console   {url}"),
            Self::Korean => format!("콘솔      {url}"),
        }
    }

    /// The link that signs the first person in.
    #[must_use]
    pub fn sign_in(self, link: impl Display) -> String {
        match self {
            Self::English => format!("Sign in   {link}\n          works once, for 15 minutes; another one: maru sign-in link"),
            Self::Korean => format!("로그인    {link}\n          15분 동안 한 번만 쓸 수 있습니다. 새 링크: maru sign-in link"),
        }
    }

    /// How somebody who has no password at hand gets in.
    #[must_use]
    pub fn sign_in_again(self) -> &'static str {
        self.pick("Sign in   with your password, or by a link: maru sign-in link", "로그인    비밀번호로, 또는 링크로: maru sign-in link")
    }

    /// That this machine is watched.
    #[must_use]
    pub fn watching(self, seconds: u64) -> String {
        match self {
            Self::English => format!("Watching  this machine, every {seconds} s"),
            Self::Korean => format!("감시 중   이 컴퓨터를 {seconds}초마다"),
        }
    }

    /// That this machine is not watched.
    #[must_use]
    pub fn not_watching(self) -> &'static str {
        self.pick("Watching  only what is sent in (`watch.host` is false)", "감시 중   전송받은 지표만 (`watch.host`가 false)")
    }

    /// That nobody can tell that the program is who it says.
    #[must_use]
    pub fn self_signed(self, fingerprint: &str) -> String {
        match self {
            Self::English => format!("Browsers warn: the certificate is self-signed. Its SHA-256 fingerprint is {fingerprint}"),
            Self::Korean => format!("자체 서명 인증서라서 브라우저가 경고합니다. SHA-256 지문: {fingerprint}"),
        }
    }

    /// How to stop it.
    #[must_use]
    pub fn how_to_stop(self) -> &'static str {
        self.pick("Ctrl-C stops it.", "Ctrl-C로 멈춥니다.")
    }

    /// That it is being stopped.
    #[must_use]
    pub fn stopping(self) -> &'static str {
        self.pick("Stopping; Ctrl-C again leaves at once.", "멈추는 중입니다. Ctrl-C를 다시 누르면 바로 끝납니다.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        let of =
            |pairs: &[(&str, &str)]| Language::of(&pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect::<Vec<_>>());
        assert_eq!(of(&[]), Language::English);
        assert_eq!(of(&[("LANG", "ko_KR.UTF-8")]), Language::Korean);
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "ko_KR.UTF-8")]), Language::English);
        assert_eq!(of(&[("LC_ALL", ""), ("LC_MESSAGES", "ko"), ("LANG", "en_US")]), Language::Korean);
    }
}
