//! The gate in front of SQL, on any text: it answers with a verdict, and what it lets through is one statement that reads.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maru_store::check_sql;

/// Words that begin what changes something. A statement that the gate lets through begins with none of them.
const CHANGING: &[&str] = &["INSERT", "UPDATE", "DELETE", "DROP", "CREATE", "ALTER", "COPY", "SET", "TRUNCATE", "MERGE", "GRANT", "CALL"];

fuzz_target!(|text: &str| {
    if check_sql(text).is_ok() {
        let first = text.split(|letter: char| !letter.is_alphabetic()).find(|word| !word.is_empty());
        let is_comment = text.contains("--") || text.contains("/*");
        assert!(is_comment || !first.is_some_and(|first| CHANGING.contains(&first.to_uppercase().as_str())), "{text}");
    }
});
