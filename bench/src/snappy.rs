//! Writes the snappy block format by hand, so that some bytes of what is packed can be changed later without packing again: bytes written as
//! *loose* are never copied from, and it is known where they are. Pure.

/// How far back a copy of this form may reach.
const FARTHEST: usize = u16::MAX as usize;

/// Something being packed.
#[derive(Debug, Default)]
pub struct Packer {
    out: Vec<u8>,
    /// How many bytes there are unpacked, what is pending included.
    length: usize,
    pending: Pending,
}

#[derive(Debug, Default)]
enum Pending {
    #[default]
    Nothing,
    Literal(Vec<u8>),
    Copy {
        distance: usize,
        length: usize,
    },
}

impl Packer {
    /// How many bytes there are so far, unpacked.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Adds bytes as they are.
    pub fn literal(&mut self, bytes: &[u8]) {
        if !matches!(self.pending, Pending::Literal(_)) {
            self.flush();
            self.pending = Pending::Literal(Vec::new());
        }
        if let Pending::Literal(pending) = &mut self.pending {
            pending.extend_from_slice(bytes);
        }
        self.length += bytes.len();
    }

    /// Adds `length` bytes that stood at `from` as well; as they are when that is too far back.
    pub fn repeat(&mut self, from: usize, bytes: &[u8]) {
        let reach = self.length - from;
        if reach > FARTHEST {
            return self.literal(bytes);
        }
        match &mut self.pending {
            Pending::Copy { distance, length } if *distance == reach => *length += bytes.len(),
            _ => {
                self.flush();
                self.pending = Pending::Copy { distance: reach, length: bytes.len() };
            }
        }
        self.length += bytes.len();
    }

    /// Adds bytes that may change later; answers where they are in the packed bytes, not counting what `finish` puts in front.
    pub fn loose(&mut self, bytes: &[u8]) -> usize {
        self.flush();
        self.literal(bytes);
        self.flush();
        self.out.len() - bytes.len()
    }

    /// The packed bytes, and how many were put in front.
    #[must_use]
    pub fn finish(mut self) -> (Vec<u8>, usize) {
        self.flush();
        let mut packed = Vec::with_capacity(self.out.len() + 5);
        let mut rest = self.length;
        while rest >= 0x80 {
            packed.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        packed.push(rest as u8);
        let front = packed.len();
        packed.append(&mut self.out);
        (packed, front)
    }

    fn flush(&mut self) {
        match std::mem::take(&mut self.pending) {
            Pending::Nothing => {}
            Pending::Literal(bytes) => {
                for chunk in bytes.chunks(256) {
                    let size = (chunk.len() - 1) as u8;
                    match size {
                        0..60 => self.out.push(size << 2),
                        _ => self.out.extend_from_slice(&[60 << 2, size]),
                    }
                    self.out.extend_from_slice(chunk);
                }
            }
            Pending::Copy { distance, mut length } => {
                while length > 0 {
                    let size = length.min(64);
                    self.out.push(((size - 1) as u8) << 2 | 0b10);
                    self.out.extend_from_slice(&(distance as u16).to_le_bytes());
                    length -= size;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn any_reader_of_snappy_unpacks_it() {
        let mut packer = Packer::default();
        let long = vec![b'x'; 300];
        packer.literal(b"a name, ");
        packer.literal(&long);
        let at = packer.loose(b"12345678");
        packer.repeat(0, b"a name, ");
        packer.repeat(8, &long);
        packer.literal(b"!");
        let (mut packed, front) = packer.finish();
        packed[front + at..front + at + 8].copy_from_slice(b"87654321");
        let text = String::from_utf8(snap::raw::Decoder::new().decompress_vec(&packed).unwrap()).unwrap();
        assert_eq!(text.replace(&"x".repeat(300), "_"), "a name, _87654321a name, _!");
    }
}
