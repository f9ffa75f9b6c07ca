//! From OpenTelemetry's attributes to labels.

use super::names;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The labels of a data point without its metric's name, sorted by name.
pub(super) type Labels = BTreeMap<String, String>;

/// What a resource's attributes say of where its metrics come from.
#[derive(Debug, Default)]
pub(super) struct Target {
    job: Option<String>,
    instance: Option<String>,
    host_name: Option<String>,
}

impl Target {
    pub fn of(resource: Option<&Resource>) -> Self {
        let attribute = |wanted: &str| {
            let attributes = resource.map(|resource| resource.attributes.as_slice()).unwrap_or_default();
            let found = attributes.iter().find(|attribute| attribute.key == wanted)?;
            Some(text(found.value.as_ref())).filter(|text| !text.is_empty())
        };
        let job = attribute("service.name").map(|name| match attribute("service.namespace") {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name,
        });
        Self { job, instance: attribute("service.instance.id"), host_name: attribute("host.name") }
    }

    /// The labels of a data point with these attributes. What the resource says of `job` and `instance` holds; a data
    /// point may speak of another host.
    pub fn labels(&self, attributes: &[KeyValue]) -> Labels {
        let mut by_key: Vec<&KeyValue> = attributes.iter().collect();
        by_key.sort_by(|a, b| a.key.cmp(&b.key));
        let mut labels = Labels::new();
        for attribute in by_key {
            let value = text(attribute.value.as_ref());
            if value.is_empty() {
                continue;
            }
            labels
                .entry(names::label(&attribute.key))
                .and_modify(|joined| {
                    joined.push(';');
                    joined.push_str(&value);
                })
                .or_insert(value);
        }
        for (name, value) in [("job", &self.job), ("instance", &self.instance)] {
            if let Some(value) = value {
                labels.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(host_name) = &self.host_name {
            labels.entry("host_name".to_owned()).or_insert_with(|| host_name.clone());
        }
        labels
    }
}

/// An attribute's value as text: lists and maps as JSON, bytes in base64.
fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        None => String::new(),
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BytesValue(bytes)) => base64(bytes),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(other) => json(other).to_string(),
    }
}

fn json(value: &Value) -> Json {
    let any = |value: Option<&AnyValue>| value.and_then(|value| value.value.as_ref()).map_or(Json::Null, json);
    match value {
        Value::StringValue(text) => Json::from(text.as_str()),
        Value::BoolValue(value) => Json::from(*value),
        Value::IntValue(number) => Json::from(*number),
        Value::DoubleValue(number) => Json::from(*number),
        Value::BytesValue(bytes) => Json::from(base64(bytes)),
        Value::ArrayValue(array) => array.values.iter().map(|value| any(Some(value))).collect(),
        Value::KvlistValue(list) => {
            let entries = list.values.iter().map(|entry| (entry.key.clone(), any(entry.value.as_ref())));
            Json::Object(entries.collect())
        }
        // A reference into the table of a profile, which metrics do not have.
        Value::StringValueStrindex(_) => Json::Null,
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: [char; 64] = {
        let bytes = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut digits = ['='; 64];
        let mut index = 0;
        while index < 64 {
            digits[index] = bytes[index] as char;
            index += 1;
        }
        digits
    };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= group.len() { digit } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};

    fn any(value: Value) -> AnyValue {
        AnyValue { value: Some(value) }
    }

    fn attribute(key: &str, value: Value) -> KeyValue {
        KeyValue { key: key.to_owned(), value: Some(any(value)), ..KeyValue::default() }
    }

    fn shown(target: &Target, attributes: &[KeyValue]) -> String {
        let labels = target.labels(attributes);
        labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn values_of_every_type_become_text() {
        let list = ArrayValue { values: vec![any(Value::IntValue(1)), any(Value::StringValue("two".into()))] };
        let map = KeyValueList { values: vec![attribute("k", Value::BoolValue(false))] };
        let attributes = [
            attribute("bool", Value::BoolValue(true)),
            attribute("int", Value::IntValue(-5)),
            attribute("double", Value::DoubleValue(0.25)),
            attribute("list", Value::ArrayValue(list)),
            attribute("map", Value::KvlistValue(map)),
            attribute("bytes", Value::BytesValue(b"any carnal pleas".to_vec())),
            KeyValue { key: "none".to_owned(), ..KeyValue::default() },
        ];
        insta::assert_snapshot!(shown(&Target::default(), &attributes), @r#"
        bool=true
        bytes=YW55IGNhcm5hbCBwbGVhcw==
        double=0.25
        int=-5
        list=[1,"two"]
        map={"k":false}
        "#);
        assert_eq!([&b""[..], b"f", b"fo", b"foo"].map(base64), ["", "Zg==", "Zm8=", "Zm9v"]);
    }

    #[test]
    fn a_resource_says_the_job_the_instance_and_the_host() {
        let text = |text: &str| Value::StringValue(text.to_owned());
        let resource = Resource {
            attributes: vec![
                attribute("service.name", text("api")),
                attribute("service.namespace", text("shop")),
                attribute("service.instance.id", text("i-1")),
                attribute("host.name", text("h1")),
                attribute("telemetry.sdk.name", text("opentelemetry")),
            ],
            ..Resource::default()
        };
        let attributes = [
            attribute("job", text("mine")),
            attribute("a.b", text("2")),
            attribute("a-b", text("1")),
            attribute("host.name", text("other")),
        ];
        insta::assert_snapshot!(shown(&Target::of(Some(&resource)), &attributes), @"
        a_b=1;2
        host_name=other
        instance=i-1
        job=shop/api
        ");
        insta::assert_snapshot!(shown(&Target::of(Some(&resource)), &[]), @"
        host_name=h1
        instance=i-1
        job=shop/api
        ");
        insta::assert_snapshot!(shown(&Target::of(None), &attributes[..1]), @"job=mine");
    }
}
