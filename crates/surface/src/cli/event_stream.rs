//! Server-sent events, as bytes come in. Performs no I/O.

/// One event of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StreamEvent {
    /// Its name; `message` when the server gave none.
    pub(super) name: String,
    /// What it carries.
    pub(super) data: String,
}

/// Cuts a stream of bytes into events.
#[derive(Default)]
pub(super) struct EventStream {
    line: Vec<u8>,
    name: Option<String>,
    data: Vec<String>,
    held: usize,
}

/// A stream that carries more in one event than is taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl EventStream {
    /// The events that `bytes` complete. No event may hold more than `limit` bytes.
    pub(super) fn push(&mut self, bytes: &[u8], limit: usize) -> Result<Vec<StreamEvent>, TooLong> {
        let mut events = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.held += part.len();
            if self.held > limit {
                return Err(TooLong);
            }
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                events.extend(self.take_line(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n'])));
            }
        }
        Ok(events)
    }

    fn take_line(&mut self, line: &str) -> Option<StreamEvent> {
        if line.is_empty() {
            self.held = 0;
            let name = self.name.take().unwrap_or_else(|| "message".to_owned());
            let data = std::mem::take(&mut self.data);
            return (!data.is_empty()).then(|| StreamEvent { name, data: data.join("\n") });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = Some(value.to_owned()),
            "data" => self.data.push(value.to_owned()),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const STREAM: &str =
        ": hello\n\nevent: progress\ndata: {\"fraction\":0.5}\n\nevent: result\r\ndata: [1,\r\ndata: 2]\r\n\r\nid: 7\n\ndata\n\n";

    fn events(pieces: &[&[u8]]) -> Vec<StreamEvent> {
        let mut stream = EventStream::default();
        pieces.iter().flat_map(|piece| stream.push(piece, 1_000).unwrap()).collect()
    }

    #[test]
    fn events_are_told_apart() {
        insta::assert_debug_snapshot!(events(&[STREAM.as_bytes()]), @r#"
        [
            StreamEvent {
                name: "progress",
                data: "{\"fraction\":0.5}",
            },
            StreamEvent {
                name: "result",
                data: "[1,\n2]",
            },
            StreamEvent {
                name: "message",
                data: "",
            },
        ]
        "#);
    }

    #[test]
    fn an_endless_event_is_refused() {
        assert_eq!(EventStream::default().push(&[b'x'; 11], 10), Err(TooLong));
    }

    proptest! {
        #[test]
        fn the_cuts_between_packets_do_not_matter(cut in 0..STREAM.len()) {
            let (left, right) = STREAM.as_bytes().split_at(cut);
            prop_assert_eq!(events(&[left, right]), events(&[STREAM.as_bytes()]));
        }
    }
}
