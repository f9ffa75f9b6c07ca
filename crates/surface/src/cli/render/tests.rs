#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;
use serde_json::json;

fn page(format: OutputFormat, width: Option<u16>) -> Page {
    Page { format, width, colour: false, zone: TimeZone::fixed(jiff::tz::offset(9)) }
}

fn written(value: &Value, page: &Page) -> String {
    let mut bytes = Vec::new();
    render(value, page, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn table(value: Value) -> String {
    written(&value, &page(OutputFormat::Table, None))
}

fn series() -> Value {
    json!({"total": 2, "series": [
        {"id": "00c0ffee00c0ffee", "name": "cpu_used_ratio", "labels": {"cpu": "0"}, "last_time": "2026-03-01T00:00:00Z", "last_value": 0.25},
        {"id": "0badcafe0badcafe", "name": "memory_used_bytes", "labels": {}, "unit": "bytes", "last_value": 1073741824_u64},
    ]})
}

#[test]
fn a_list_is_a_grid_with_the_rest_below() {
    insta::assert_snapshot!(table(series()), @r#"
    id                name               labels       last_time                  last_value  unit
    ───────────────────────────────────────────────────────────────────────────────────────────────
    00c0ffee00c0ffee  cpu_used_ratio     {"cpu":"0"}  2026-03-01 09:00:00+09:00        0.25
    0badcafe0badcafe  memory_used_bytes                                          1073741824  bytes

    total: 2
    "#);
}

#[test]
fn a_narrow_terminal_wraps() {
    insta::assert_snapshot!(written(&series(), &page(OutputFormat::Table, Some(60))), @r#"
    id         name       labels     last_time  last_val  unit
                                                      ue
    ────────────────────────────────────────────────────────────
    00c0ffee0  cpu_used_  {"cpu":"0  2026-03-0      0.25
    0c0ffee    ratio      "}         1 09:00:0
                                     0+09:00
    0badcafe0  memory_us                        10737418  bytes
    badcafe    ed_bytes                               24

    total: 2
    "#);
}

#[test]
fn a_terminal_keeps_numbers_moments_and_identities_whole() {
    insta::assert_snapshot!(written(&series(), &page(OutputFormat::Table, Some(90))), @r#"
    id                name          labels       last_time                  last_value  unit
    ──────────────────────────────────────────────────────────────────────────────────────────
    00c0ffee00c0ffee  cpu_used_rat  {"cpu":"0"}  2026-03-01 09:00:00+09:00        0.25
                      io
    0badcafe0badcafe  memory_used_                                          1073741824  bytes
                      bytes

    total: 2
    "#);
}

#[test]
fn a_query_is_a_grid() {
    insta::assert_snapshot!(table(json!({"columns": [{"name": "n", "type": "int"}, {"name": "who", "type": "text"}], "rows": [[1, "kim"], [20, null]], "truncated": false})), @"
     n  who
    ────────
     1  kim
    20
    ");
    insta::assert_snapshot!(table(json!({"columns": [{"name": "n", "type": "int"}], "rows": [], "truncated": false})), @"There are no rows.");
}

#[test]
fn aligned_lists_are_columns() {
    insta::assert_snapshot!(table(json!({"series": {"id": "1", "name": "load"}, "time_ms": [1772323200000_i64, 1772323205000_i64], "value": [0.5, null], "anomalies": []})), @r#"
    time_ms                    value
    ─────────────────────────────────
    2026-03-01 09:00:00+09:00    0.5
    2026-03-01 09:00:05+09:00

    series: {"id":"1","name":"load"}
    "#);
}

#[test]
fn a_record_is_its_fields() {
    insta::assert_snapshot!(table(json!({"host": "web-1", "started": "2026-03-01T00:00:00Z", "series": 120, "unit": null, "labels": {"a": [1]}, "roles": ["x", "y"]})), @r#"
    host     web-1
    started  2026-03-01 09:00:00+09:00
    series   120
    unit
    labels   {"a":[1]}
    roles    x, y
    "#);
}

#[test]
fn nothing_is_said_in_a_sentence() {
    insta::assert_snapshot!(table(json!({"anomalies": []})), @"There are no anomalies.");
    insta::assert_snapshot!(table(json!([])), @"There are no entries.");
    insta::assert_snapshot!(table(json!(null)), @"Done.");
    insta::assert_snapshot!(table(json!({})), @"Done.");
    insta::assert_snapshot!(table(json!("text")), @"text");
}

#[test]
fn a_terminal_obeys_nothing_that_is_data() {
    insta::assert_snapshot!(table(json!([{"na\u{1b}[2Jme": "\u{1b}]0;title\u{7}\nnext\u{9b}1m", "nested": {"\u{1b}": "\u{9b}"}}])), @r#"
    na\u{1b}[2Jme                      nested
    ───────────────────────────────────────────────────────
    \u{1b}]0;title\u{7}\nnext\u{9b}1m  {"\u001b":"\u{9b}"}
    "#);
}

#[test]
fn bold_headings_only_in_colour() {
    let page = Page { colour: true, ..page(OutputFormat::Table, Some(80)) };
    let text = written(&json!([{"name": "kim"}]), &page);
    assert!(text.contains("\u{1b}[1m"), "{text:?}");
}

#[test]
fn json_is_the_answer_itself() {
    let value = json!({"name": "a\u{9b}\u{1b}b", "n": 1.5});
    let text = written(&value, &page(OutputFormat::Json, None));
    insta::assert_snapshot!(text, @r#"
    {
      "name": "a\u009b\u001bb",
      "n": 1.5
    }
    "#);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
}

#[test]
fn csv_is_rfc_4180() {
    let csv = |value: Value| written(&value, &page(OutputFormat::Csv, Some(20))).replace("\r\n", "␍\n");
    insta::assert_snapshot!(csv(json!({"total": 1, "users": [{"name": "kim, \"minsu\"", "at": "2026-03-01T00:00:00Z", "no": null, "labels": {"a": 1}}, {"name": "two\nlines"}]})), @r#"
    name,at,no,labels␍
    "kim, ""minsu""",2026-03-01T00:00:00Z,,"{""a"":1}"␍
    "two
    lines",,,␍
    "#);
    insta::assert_snapshot!(csv(json!({"columns": [{"name": "n", "type": "int"}], "rows": []})), @"n␍");
    insta::assert_snapshot!(csv(json!({"id": 7, "name": "kim"})), @"
    id,name␍
    7,kim␍
    ");
    insta::assert_snapshot!(csv(json!({"users": []})), @"");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop_oneof!["[a-c]", Just("columns".to_owned()), Just("rows".to_owned())], inner), 0..4)
                .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn any_answer_can_be_rendered(value in any_json(), width in prop_oneof![Just(None), (1_u16..200).prop_map(Some)]) {
        for format in [OutputFormat::Table, OutputFormat::Json, OutputFormat::Csv] {
            let text = written(&value, &page(format, width));
            if format == OutputFormat::Table {
                prop_assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
            }
            if format == OutputFormat::Json {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).is_ok(), true);
            }
        }
    }
}
