//! What the parser does not get through by itself, told from the words alone. Pure.
//!
//! It takes `CAST(…)` for what it looks like first and, when that fails, for a function called `cast`; nested, the attempts multiply, and a
//! line of text keeps it busy for years. And it follows brackets and types as deep as they go, until its stack ends.

use datafusion::sql::sqlparser::{
    dialect::GenericDialect,
    keywords::Keyword,
    tokenizer::{Token, Tokenizer},
};

/// How deep calls may nest that are read twice.
const MAX_TWICE: usize = 5;
/// How deep brackets may nest.
const MAX_BRACKETS: usize = 100;
/// How many types of types there may be: `ARRAY<…>`, `…[]`, `INTERVAL INTERVAL …`.
const MAX_TYPES: usize = 20;

/// Whether the parser would not get through.
pub(crate) fn nests_too_deep(sql: &str) -> bool {
    // What is no SQL at all is the parser's to tell, at once.
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize() else { return false };
    let (mut open, mut twice, mut types) = (Vec::new(), 0, 0);
    let mut before = Token::EOF;
    for token in tokens {
        match &token {
            Token::Whitespace(_) => continue,
            Token::LParen | Token::LBracket | Token::LBrace => {
                let again = token == Token::LParen && is_read_twice(keyword(&before));
                twice += usize::from(again);
                open.push(again);
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                twice -= usize::from(open.pop().unwrap_or(false));
                types += usize::from(before == Token::LBracket);
            }
            Token::Word(_) => types += usize::from(keyword(&token) == Keyword::INTERVAL && keyword(&before) == Keyword::INTERVAL),
            Token::Lt => types += usize::from(matches!(keyword(&before), Keyword::ARRAY | Keyword::STRUCT | Keyword::MAP)),
            _ => {}
        }
        if twice > MAX_TWICE || open.len() > MAX_BRACKETS || types > MAX_TYPES {
            return true;
        }
        before = token;
    }
    false
}

fn keyword(token: &Token) -> Keyword {
    if let Token::Word(word) = token { word.keyword } else { Keyword::NoKeyword }
}

/// The words that mean something of their own before a parenthesis, and may all the same be the name of a function.
fn is_read_twice(word: Keyword) -> bool {
    matches!(
        word,
        Keyword::CASE
            | Keyword::CAST
            | Keyword::CEIL
            | Keyword::CONVERT
            | Keyword::CURRENT_DATE
            | Keyword::CURRENT_TIME
            | Keyword::CURRENT_TIMESTAMP
            | Keyword::EXTRACT
            | Keyword::FLOOR
            | Keyword::LOCALTIME
            | Keyword::LOCALTIMESTAMP
            | Keyword::NOT
            | Keyword::OVERLAY
            | Keyword::POSITION
            | Keyword::SAFE_CAST
            | Keyword::SUBSTR
            | Keyword::SUBSTRING
            | Keyword::TRY_CAST
            | Keyword::TRY_CONVERT
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;
    use std::time::{Duration, Instant};

    #[test]
    fn calls_are_counted_where_they_are_within_each_other() {
        assert!(!nests_too_deep(
            "SELECT CAST(a AS INT), CAST(SUBSTR(CAST(b AS VARCHAR), 1) AS INT), NOT (a), NOT (b), NOT (c), abs((((((1))))))"
        ));
        assert!(nests_too_deep("SELECT cast /* so */ (Cast(CAST(CAST(f(g(CAST((CAST(1"));
        assert!(nests_too_deep(&format!("SELECT CAST(1 AS {}INT{})", "ARRAY < ".repeat(30), ">".repeat(30))));
        assert!(nests_too_deep(&format!("SELECT CAST(1 AS INT{})", "[ ]".repeat(30))));
        assert!(nests_too_deep(&"{".repeat(200)));
        assert!(!nests_too_deep("SELECT ')))', \"cast\"(\"cast\"(\"cast\"(\"cast\"(\"cast\"(\"cast\"(1))))))"));
    }

    /// What is not counted must not need it: no word makes the parser take longer by a factor for each time it is nested.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "what is measured is real time")]
    fn no_other_word_makes_the_parser_try_and_try_again() {
        let shapes: [fn(&str, usize) -> String; 6] = [
            |word, times| format!("SELECT {}1{}", format!("{word}(").repeat(times), ")".repeat(times)),
            |word, times| format!("SELECT {}1{}", format!("{word}(").repeat(times), ", 1)".repeat(times)),
            |word, times| format!("SELECT {}", format!("{word}(").repeat(times)),
            |word, times| format!("SELECT {}", format!("{word} ").repeat(times)),
            |word, times| format!("SELECT * FROM {}", format!("{word}(").repeat(times)),
            |word, times| format!("SELECT {}", format!("1 {word} (").repeat(times)),
        ];
        let begun = Instant::now();
        for word in ALL_KEYWORDS {
            for shape in shapes {
                let sql = shape(word, 22);
                let _ = crate::check_sql(&sql);
                assert!(begun.elapsed() < Duration::from_secs(120), "{sql}");
            }
        }
    }
}
