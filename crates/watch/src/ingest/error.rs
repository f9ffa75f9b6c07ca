//! Why a whole body is refused.

use super::protobuf::Malformed;

/// A body that cannot be read. Nothing of it may be kept.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The body is not a snappy block.
    #[error(
        "the body is not a snappy block: {problem}. Compress remote write bodies with snappy's block format, \
         not its framed format"
    )]
    Snappy {
        /// What the decompressor found.
        problem: String,
    },
    /// The body is larger than is taken in.
    #[error("{what} needs {bytes} bytes, and at most {limit} are taken: split it into smaller ones")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size in bytes.
        bytes: usize,
        /// The most that is taken, in bytes.
        limit: usize,
    },
    /// The body breaks its own format at one field.
    #[error("field `{field}` at byte {offset} of the message: {problem}")]
    Malformed {
        /// The field's path in the message's definition.
        field: &'static str,
        /// Where the field starts, in bytes from the start of the decompressed message.
        offset: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The body is not the protobuf message that its content type promises.
    #[error("the body is not an OTLP metrics request: {problem}")]
    Protobuf {
        /// What is wrong, and in which field.
        problem: String,
    },
    /// The body is not the JSON that its content type promises.
    #[error("the JSON at line {line}, column {column} is not an OTLP metrics request: {problem}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A line of an exposition cannot be read.
    #[error("line {line} (byte {offset}) of the exposition, {field}: {problem}")]
    Exposition {
        /// Line, from 1.
        line: usize,
        /// Where the problem is, in bytes from the start of the body.
        offset: usize,
        /// The part of the line that cannot be read.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl DecodeError {
    /// Says which field of which message was being read when the protobuf turned out to be malformed.
    pub(super) fn in_field(field: &'static str) -> impl Fn(Malformed) -> DecodeError {
        move |malformed| DecodeError::Malformed { field, offset: malformed.offset, problem: malformed.problem.to_string() }
    }

    /// Whether the body was well formed as far as it was read, and only too large.
    pub fn is_too_large(&self) -> bool {
        matches!(self, DecodeError::TooLarge { .. })
    }
}
