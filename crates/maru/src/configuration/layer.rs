//! One source of settings, in figment's terms.

use super::key;
use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};

/// The name of the layer of defaults.
pub(super) const DEFAULT: &str = "default";
/// The name of the layer of environment variables.
pub(super) const ENVIRONMENT: &str = "environment";
/// The name of the layer of flags.
pub(super) const FLAG: &str = "flag";

/// Settings from one source other than a file.
pub(super) struct Layer {
    name: &'static str,
    values: Dict,
}

impl Layer {
    pub(super) fn new(name: &'static str, values: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let mut layer = Self { name, values: Dict::new() };
        for (path, value) in values {
            insert(&mut layer.values, path, value);
        }
        layer
    }

    /// What the environment variables in `environment` set. Those of other names are not looked at.
    pub(super) fn of_environment(environment: &[(String, String)]) -> Self {
        let value_of = |variable: String| environment.iter().find(|(name, _)| *name == variable).map(|(_, value)| value);
        Self::new(ENVIRONMENT, key::KEYS.iter().filter_map(|key| Some((key.path, key.parse(value_of(key.variable())?)))))
    }
}

fn insert(values: &mut Dict, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            values.insert(path.to_owned(), value);
        }
        Some((table, rest)) => {
            if let Value::Dict(_, table) = values.entry(table.to_owned()).or_insert_with(|| Value::from(Dict::new())) {
                insert(table, rest, value);
            }
        }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> figment::error::Result<Map<Profile, Dict>> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}
