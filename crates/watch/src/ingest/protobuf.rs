//! A reader of protobuf's wire format that borrows from its input.
//!
//! It allocates nothing, recurses into nothing, and answers [`Malformed`] with the byte's offset where others would
//! panic. It knows no message's definition: the decoders ask for the fields that they know and skip the rest.

/// Input that is not protobuf, or not the protobuf that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {problem}")]
pub struct Malformed {
    /// Where, in bytes from the start of the outermost message.
    pub offset: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with protobuf input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The input ends in the middle of something.
    #[error("the message ends in the middle of this field")]
    Truncated,
    /// A varint of more than 64 bits.
    #[error("the number is longer than 64 bits")]
    LongVarint,
    /// A length-delimited field claims more bytes than its message has left.
    #[error("the field claims to be {claimed} bytes long, and its message has {left} left")]
    Overrun {
        /// How long it claims to be.
        claimed: u64,
        /// How many bytes are left.
        left: usize,
    },
    /// Field number 0, or one above protobuf's largest.
    #[error("{0} is not a field number")]
    FieldNumber(u64),
    /// A wire type that proto3 has no use for.
    #[error("wire type {0} is not used by proto3")]
    WireType(u8),
    /// A known field that is encoded as something else.
    #[error("the field is encoded as {found}, and has to be {expected}")]
    Unexpected {
        /// The encoding found.
        found: &'static str,
        /// The encoding that its definition asks for.
        expected: &'static str,
    },
    /// Text that is not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
}

/// One field of a message.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The field's number in the message's definition.
    pub number: u32,
    /// Where the field starts, in bytes from the start of the outermost message.
    pub offset: usize,
    /// What it holds.
    pub value: Value<'a>,
}

/// A field's content, as encoded.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// An integer, a boolean or an enumeration.
    Varint(u64),
    /// Eight bytes: a double, or a fixed64.
    Fixed64(u64),
    /// Text, bytes, a message or packed numbers.
    Bytes(Reader<'a>),
    /// Four bytes: a float, or a fixed32.
    Fixed32(u32),
}

impl Value<'_> {
    fn encoding(&self) -> &'static str {
        match self {
            Value::Varint(_) => "a varint",
            Value::Fixed64(_) => "8 bytes",
            Value::Bytes(_) => "length-delimited",
            Value::Fixed32(_) => "4 bytes",
        }
    }
}

impl<'a> Field<'a> {
    /// The content of text, bytes, a message or packed numbers.
    #[inline]
    pub fn bytes(self) -> Result<Reader<'a>, Malformed> {
        match self.value {
            Value::Bytes(reader) => Ok(reader),
            _ => Err(self.unexpected("length-delimited")),
        }
    }

    /// The field as text.
    #[inline]
    pub fn text(self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?.rest).map_err(|_| Malformed { offset: self.offset, problem: Problem::NotUtf8 })
    }

    /// The field as an integer, a boolean or an enumeration; an `int64` is this, cast.
    #[inline]
    pub fn varint(self) -> Result<u64, Malformed> {
        match self.value {
            Value::Varint(value) => Ok(value),
            _ => Err(self.unexpected("a varint")),
        }
    }

    /// The field as a double.
    #[inline]
    pub fn double(self) -> Result<f64, Malformed> {
        match self.value {
            Value::Fixed64(bits) => Ok(f64::from_bits(bits)),
            _ => Err(self.unexpected("8 bytes")),
        }
    }

    fn unexpected(self, expected: &'static str) -> Malformed {
        let problem = Problem::Unexpected { found: self.value.encoding(), expected };
        Malformed { offset: self.offset, problem }
    }
}

/// Reads one message, field by field.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// Where `rest` ends, in bytes from the start of the outermost message.
    end: usize,
}

impl<'a> Reader<'a> {
    /// Reads `message`, which counts as the outermost one.
    pub fn new(message: &'a [u8]) -> Self {
        Self { rest: message, end: message.len() }
    }

    /// Whether everything has been read.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What has not been read yet.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Where the next byte is, counted from the start of the outermost message.
    #[inline]
    pub fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    /// The next field, or `None` at the end of the message.
    #[inline]
    pub fn field(&mut self) -> Result<Option<Field<'a>>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let offset = self.offset();
        let key = self.varint()?;
        let number = match u32::try_from(key >> 3) {
            Ok(number @ 1..=0x1fff_ffff) => number,
            _ => return Err(Malformed { offset, problem: Problem::FieldNumber(key >> 3) }),
        };
        let value = match (key & 7) as u8 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array(offset)?)),
            2 => Value::Bytes(self.length_delimited(offset)?),
            5 => Value::Fixed32(u32::from_le_bytes(self.array(offset)?)),
            other => return Err(Malformed { offset, problem: Problem::WireType(other) }),
        };
        Ok(Some(Field { number, offset, value }))
    }

    /// The next number of packed numbers.
    #[inline]
    pub fn varint(&mut self) -> Result<u64, Malformed> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let offset = self.offset();
        let mut value = 0u64;
        for (index, byte) in self.rest.iter().enumerate().take(10) {
            // The tenth byte has room for the 64th bit only.
            if index == 9 && *byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                self.rest = self.rest.get(index + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        let problem = if self.rest.len() < 10 { Problem::Truncated } else { Problem::LongVarint };
        Err(Malformed { offset, problem })
    }

    #[inline]
    fn array<const N: usize>(&mut self, field_offset: usize) -> Result<[u8; N], Malformed> {
        match self.rest.split_first_chunk::<N>() {
            Some((array, rest)) => {
                self.rest = rest;
                Ok(*array)
            }
            None => Err(Malformed { offset: field_offset, problem: Problem::Truncated }),
        }
    }

    #[inline]
    fn length_delimited(&mut self, field_offset: usize) -> Result<Reader<'a>, Malformed> {
        let claimed = self.varint()?;
        let split = usize::try_from(claimed).ok().and_then(|length| self.rest.split_at_checked(length));
        match split {
            Some((content, rest)) => {
                self.rest = rest;
                Ok(Reader { rest: content, end: self.end - rest.len() })
            }
            None => {
                let problem = Problem::Overrun { claimed, left: self.rest.len() };
                Err(Malformed { offset: field_offset, problem })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use proptest::prelude::*;

    fn first(message: &[u8]) -> Result<Option<Field<'_>>, Malformed> {
        Reader::new(message).field()
    }

    #[test]
    fn reads_each_encoding() {
        assert_eq!(first(&[0x08, 0x96, 0x01]).unwrap().unwrap().varint().unwrap(), 150);
        let minus_one = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(first(&minus_one).unwrap().unwrap().varint().unwrap() as i64, -1);
        let double = first(&[0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]).unwrap().unwrap();
        assert_eq!(double.double().unwrap(), 1.5);
        let text = first(&[0x12, 0x03, b'a', b'b', b'c', 0x00]).unwrap().unwrap();
        assert_eq!((text.number, text.text().unwrap()), (2, "abc"));
        assert!(matches!(first(&[0x15, 1, 0, 0, 0]).unwrap().unwrap().value, Value::Fixed32(1)));
        assert!(first(&[]).unwrap().is_none());
    }

    #[test]
    fn nested_offsets_count_from_the_outermost_message() {
        let message = [0x08, 0x01, 0x12, 0x04, 0x08, 0x01, 0x10, 0x02, 0x08, 0x01];
        let mut reader = Reader::new(&message);
        reader.field().unwrap();
        let mut inner = reader.field().unwrap().unwrap().bytes().unwrap();
        assert_eq!(inner.offset(), 4);
        inner.field().unwrap();
        assert_eq!(inner.field().unwrap().unwrap().offset, 6);
        assert_eq!(reader.field().unwrap().unwrap().offset, 8);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let problems = [
            &[0x08][..],
            &[0x08, 0x80],
            &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
            &[0x09, 0, 0],
            &[0x12, 0x05, 1],
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x00, 0x01],
            &[0x0b],
            &[0x0f],
        ]
        .map(|message| first(message).unwrap_err().to_string())
        .join("\n");
        insta::assert_snapshot!(problems, @"
        byte 1: the message ends in the middle of this field
        byte 1: the message ends in the middle of this field
        byte 1: the number is longer than 64 bits
        byte 0: the message ends in the middle of this field
        byte 0: the field claims to be 5 bytes long, and its message has 1 left
        byte 0: the field claims to be 18446744073709551615 bytes long, and its message has 0 left
        byte 0: 0 is not a field number
        byte 0: wire type 3 is not used by proto3
        byte 0: wire type 7 is not used by proto3
        ");
        insta::assert_snapshot!(first(&[0x08, 0x01]).unwrap().unwrap().text().unwrap_err(), @"byte 0: the field is encoded as a varint, and has to be length-delimited");
        insta::assert_snapshot!(first(&[0x0a, 0x01, 0xff]).unwrap().unwrap().text().unwrap_err(), @"byte 0: the text is not UTF-8");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(message in proptest::collection::vec(any::<u8>(), 0..256)) {
            let mut reader = Reader::new(&message);
            let mut before = 0;
            while let Ok(Some(field)) = reader.field() {
                prop_assert_eq!(field.offset, before);
                prop_assert!(reader.offset() > before);
                before = reader.offset();
            }
        }

        #[test]
        fn varints_of_any_size_are_read(value in any::<u64>()) {
            let mut bytes = Vec::new();
            prost::encoding::encode_varint(value, &mut bytes);
            prop_assert_eq!(Reader::new(&bytes).varint().unwrap(), value);
            bytes.pop();
            prop_assert!(Reader::new(&bytes).varint().is_err());
        }
    }
}
