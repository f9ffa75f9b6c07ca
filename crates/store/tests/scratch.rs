use std::time::Instant;
#[test]
fn scratch() {
    let nested = |open: &str, middle: &str, close: &str, times: usize| format!("SELECT {}{middle}{}", open.repeat(times), close.repeat(times));
    let make: Vec<(&str, Box<dyn Fn(usize) -> String>)> = vec![
        ("paren", Box::new(move |n| nested("(", "1", ")", n))),
        ("sub", Box::new(move |n| nested("(SELECT ", "1", ")", n))),
        ("not", Box::new(move |n| nested("NOT ", "true", "", n))),
        ("minus", Box::new(move |n| nested("- ", "1", "", n))),
        ("abs", Box::new(move |n| nested("abs(", "1", ")", n))),
        ("arr", Box::new(move |n| nested("[", "1", "]", n))),
        ("case", Box::new(move |n| nested("CASE WHEN true THEN ", "1", " END", n))),
        ("case2", Box::new(move |n| nested("CASE ", "1", " WHEN 1 THEN 1 END", n))),
        ("cast", Box::new(move |n| nested("CAST(", "1", " AS INT)", n))),
        ("and", Box::new(|n| format!("SELECT {}", vec!["true"; n*400].join(" AND ")))),
        ("plus", Box::new(|n| format!("SELECT {}", vec!["1"; n*1000].join("+")))),
        ("coloncolon", Box::new(|n| format!("SELECT 1{}", "::INT".repeat(n * 400)))),
        ("index", Box::new(|n| format!("SELECT 1{}", "[1]".repeat(n * 400)))),
        ("isnull", Box::new(|n| format!("SELECT 1 {}", "IS NULL ".repeat(n * 400)))),
        ("atz", Box::new(|n| format!("SELECT 1 {}", "AT TIME ZONE 'UTC' ".repeat(n * 100)))),
        ("fromsub", Box::new(|n| format!("SELECT * FROM {}samples{}", "(SELECT * FROM ".repeat(n), ")".repeat(n)))),
        ("fromparen", Box::new(|n| format!("SELECT * FROM {}samples{}", "(".repeat(n), ")".repeat(n)))),
        ("fromopen", Box::new(|n| format!("SELECT * FROM {}", "(".repeat(n)))),
        ("parens", Box::new(|n| format!("{}SELECT 1{}", "(".repeat(n), ")".repeat(n)))),
        ("parenopen", Box::new(|n| "(".repeat(n))),
        ("exparen", Box::new(|n| format!("SELECT {}", "(".repeat(n)))),
        ("inparen", Box::new(|n| format!("SELECT 1 IN {}", "(".repeat(n)))),
        ("existsparen", Box::new(|n| format!("SELECT EXISTS {}", "(".repeat(n)))),
        ("insub", Box::new(|n| format!("SELECT {}1", "1 IN (SELECT ".repeat(n)))),
        ("with", Box::new(|n| format!("{}SELECT 1", "WITH a AS (SELECT 1) ".repeat(n)))),
        ("withn", Box::new(|n| format!("{}SELECT 1", "WITH a AS (".repeat(n)))),
        ("explain", Box::new(|n| format!("{}SELECT 1", "EXPLAIN ".repeat(n)))),
        ("arrt", Box::new(|n| format!("SELECT CAST(1 AS {}INT{})", "ARRAY<".repeat(n), ">".repeat(n)))),
        ("structt", Box::new(|n| format!("SELECT CAST(1 AS {}INT{})", "STRUCT<a ".repeat(n), ">".repeat(n)))),
        ("mapt", Box::new(|n| format!("SELECT CAST(1 AS {}INT{})", "MAP<INT, ".repeat(n), ">".repeat(n)))),
        ("brt", Box::new(|n| format!("SELECT CAST(1 AS INT{})", "[]".repeat(n * 400)))),
        ("interval", Box::new(|n| format!("SELECT {}'1'", "INTERVAL ".repeat(n)))),
        ("lambda", Box::new(|n| format!("SELECT {}1", "f(x -> ".repeat(n)))),
        ("struct", Box::new(|n| format!("SELECT {}1", "STRUCT(".repeat(n)))),
        ("brace", Box::new(|n| format!("SELECT {}1", "{'a': ".repeat(n)))),
        ("mapb", Box::new(|n| format!("SELECT {}1", "MAP {'a': ".repeat(n)))),
        ("position", Box::new(|n| format!("SELECT {}1", "POSITION(1 IN ".repeat(n)))),
        ("extract", Box::new(|n| format!("SELECT {}1", "EXTRACT(YEAR FROM ".repeat(n)))),
        ("substring", Box::new(|n| format!("SELECT {}1", "SUBSTRING(".repeat(n)))),
        ("trim", Box::new(|n| format!("SELECT {}1", "TRIM(".repeat(n)))),
        ("overp", Box::new(|n| format!("SELECT {}1", "sum(1) OVER (PARTITION BY ".repeat(n)))),
        ("joinparen", Box::new(|n| format!("SELECT * FROM {}", "a JOIN (".repeat(n)))),
        ("lateral", Box::new(|n| format!("SELECT * FROM {}", "LATERAL (SELECT * FROM ".repeat(n)))),
        ("unnest", Box::new(|n| format!("SELECT * FROM {}", "UNNEST(".repeat(n)))),
        ("tablef", Box::new(|n| format!("SELECT * FROM {}", "TABLE(".repeat(n)))),
        ("pivot", Box::new(|n| format!("SELECT * FROM a {}", "PIVOT (".repeat(n)))),
        ("grouping", Box::new(|n| format!("SELECT 1 GROUP BY {}", "ROLLUP (".repeat(n)))),
        ("gs", Box::new(|n| format!("SELECT 1 GROUP BY {}", "GROUPING SETS (".repeat(n)))),
        ("values", Box::new(|n| format!("VALUES {}", "(".repeat(n)))),
        ("any", Box::new(|n| format!("SELECT 1 = {}", "ANY (".repeat(n)))),
        ("between", Box::new(|n| format!("SELECT {}1", "1 BETWEEN ".repeat(n)))),
        ("like", Box::new(|n| format!("SELECT {}1", "1 LIKE ".repeat(n)))),
        ("typed", Box::new(|n| format!("SELECT {}1", "DATE (".repeat(n)))),
    ];
    for (name, make) in make {
        let mut out = format!("{name:12}");
        for n in [4, 8, 10, 12, 14, 16, 18, 20, 22, 24, 30, 60] {
            let sql = make(n);
            let begun = Instant::now();
            let ok = maru_store::check_sql(&sql).is_ok();
            let took = begun.elapsed();
            out += &format!(" {n}:{}{:.1}", if ok { "+" } else { "-" }, took.as_secs_f64() * 1e3);
            if took.as_secs() >= 2 { out += " STOP"; break; }
        }
        println!("{out}");
    }
}
