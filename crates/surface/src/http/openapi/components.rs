//! Gathers the schemas of all operations under names of their own.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const LOCAL: &str = "#/$defs/";
const SHARED: &str = "#/components/schemas/";

/// Schemas by name.
#[derive(Default)]
pub(super) struct Components {
    schemas: BTreeMap<String, Value>,
}

impl Components {
    /// Adds a type, and answers a reference to it.
    pub(super) fn add_type<T: JsonSchema>(&mut self, name: &str) -> Value {
        let generator = SchemaGenerator::new(SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None));
        self.add(name, generator.into_root_schema_for::<T>().to_value())
    }

    /// Adds a schema with everything that it defines, and answers a reference to it. Where another operation defined something else under
    /// the same name, this one's is told apart by `name`.
    pub(super) fn add(&mut self, name: &str, mut schema: Value) -> Value {
        let definitions = schema.as_object_mut().and_then(|schema| schema.remove("$defs"));
        let definitions = match definitions {
            Some(Value::Object(definitions)) => definitions,
            _ => Map::new(),
        };
        let names: BTreeMap<String, String> =
            definitions.iter().map(|(local, definition)| (local.clone(), self.name_for(name, local, definition, &definitions))).collect();
        for (local, definition) in definitions {
            let shared = names.get(&local).cloned().unwrap_or(local);
            self.schemas.insert(shared, rewritten(definition, name, &names));
        }
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("title");
        }
        self.schemas.insert(name.to_owned(), rewritten(schema, name, &names));
        json!({"$ref": format!("{SHARED}{name}")})
    }

    /// `local` itself, unless that is taken by something else.
    fn name_for(&self, owner: &str, local: &str, definition: &Value, definitions: &Map<String, Value>) -> String {
        let as_is = definitions.keys().map(|name| (name.clone(), name.clone())).collect();
        match self.schemas.get(local) {
            Some(taken) if *taken != rewritten(definition.clone(), owner, &as_is) => format!("{owner}{local}"),
            _ => local.to_owned(),
        }
    }

    /// All of them.
    pub(super) fn into_schemas(self) -> Value {
        self.schemas.into_iter().collect::<Map<_, _>>().into()
    }
}

/// A schema in which every reference points to where its target is now.
fn rewritten(schema: Value, owner: &str, names: &BTreeMap<String, String>) -> Value {
    match schema {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| match (&*key, &value) {
                ("$ref", Value::String(target)) => {
                    let moved = moved(target, owner, names);
                    (key, Value::String(moved))
                }
                // Such keywords hold data, not schemas.
                ("default" | "const" | "enum" | "examples", _) => (key, value),
                _ => (key, rewritten(value, owner, names)),
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(|item| rewritten(item, owner, names)).collect::<Vec<_>>().into(),
        other => other,
    }
}

fn moved(target: &str, owner: &str, names: &BTreeMap<String, String>) -> String {
    match target.strip_prefix(LOCAL) {
        Some(local) => format!("{SHARED}{}", names.get(local).map_or(local, String::as_str)),
        None if target == "#" => format!("{SHARED}{owner}"),
        None => target.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_means_one_schema() {
        let mut components = Components::default();
        let point = |kind: &str| json!({"type": "object", "properties": {"p": {"$ref": "#/$defs/P"}, "q": {"$ref": "#/$defs/Q"}}, "$defs": {"P": {"type": kind}, "Q": {"type": "null"}}});
        components.add("AOutput", point("string"));
        components.add("BOutput", point("number"));
        components.add("COutput", point("string"));
        insta::assert_snapshot!(components.schemas.keys().cloned().collect::<Vec<_>>().join(" "), @"AOutput BOutput BOutputP COutput P Q");
        assert_eq!(components.schemas["BOutput"]["properties"]["p"]["$ref"], "#/components/schemas/BOutputP");
        assert_eq!(components.schemas["COutput"]["properties"]["p"]["$ref"], "#/components/schemas/P");
    }
}
