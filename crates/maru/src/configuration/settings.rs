//! The layers, put on top of each other.

use super::{
    Configuration, Origin, check,
    default_data::default_data,
    key::{self, KEYS, Key},
    layer::{self, Layer},
    shown,
};
use figment::{
    Figment, Profile, Provider,
    error::Kind,
    providers::{Data, Format, Toml},
    value::{Dict, Value},
};
use maru_kernel::{Error, Result};
use std::path::{Path, PathBuf};

/// The file of settings in the data folder.
const FILE: &str = "maru.toml";

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file named by `--config`. It must exist, unlike the one in the data folder.
    pub file: Option<PathBuf>,
    /// The environment variables of this process.
    pub environment: Vec<(String, String)>,
    /// Environment variables that are no settings: flags of commands go by them.
    pub other_variables: Vec<String>,
    /// Keys and what their flags said.
    pub flags: Vec<(&'static str, String)>,
    /// Whether root asks.
    pub is_root: bool,
}

/// The layers of settings, each checked.
pub struct Settings {
    figment: Figment,
}

impl Settings {
    /// Reads and checks every source.
    ///
    /// # Errors
    /// When a key does not exist, a value does not fit, or the file cannot be read. The error says where that stands.
    pub fn load(sources: &Sources) -> Result<Self> {
        check::environment(&sources.environment, &sources.other_variables)?;
        let named = sources.file.as_deref().map(read).transpose()?;
        let file = match named {
            Some(named) => Some(named),
            None => in_folder(&data_folder(&layered(sources, None))?)?,
        };
        let settings = Self { figment: layered(sources, file.as_ref()) };
        data_folder(&settings.figment)?;
        settings.check()?;
        Ok(settings)
    }

    /// What holds.
    ///
    /// # Errors
    /// When a value does not fit.
    pub fn configuration(&self) -> Result<Configuration> {
        self.figment.extract().map_err(|error| self.refused(&error))
    }

    /// A value inside of a key that does not fit.
    fn refused(&self, error: &figment::Error) -> Error {
        let path = error.path.join(".");
        let key = KEYS.iter().find(|key| path.starts_with(key.path));
        let place = key.map_or_else(String::new, |key| format!("({})", self.origin(key, self.figment.find_value(key.path).ok().as_ref())));
        match &error.kind {
            Kind::UnknownField(_, known) => check::unknown(&path, &place, known.iter().copied()),
            Kind::MissingField(missing) => Error::invalid("MARU-0701", &path, format!("`{path}` {place} needs `{missing}`.")),
            Kind::InvalidType(found, expected) => {
                let expected = if expected.starts_with("struct ") { "a table with keys of its own" } else { expected };
                Error::invalid("MARU-0701", &path, format!("`{path}` {place} is {expected}, not {found}."))
            }
            other => Error::invalid("MARU-0701", &path, format!("`{path}` {place} does not fit: {other}.")),
        }
    }

    /// Every key with its value as JSON, secrets taken out, and where that comes from.
    pub fn all(&self) -> impl Iterator<Item = (&'static Key, serde_json::Value, Origin)> {
        KEYS.iter().map(|key| {
            let value = self.figment.find_value(key.path).ok();
            let json = value.as_ref().map(shown::json_of).unwrap_or_default();
            (key, json, self.origin(key, value.as_ref()))
        })
    }

    fn origin(&self, key: &Key, value: Option<&Value>) -> Origin {
        Origin::of(value.and_then(|value| self.figment.get_metadata(value.tag())), key)
    }

    fn check(&self) -> Result<()> {
        for key in KEYS {
            if let Ok(value) = self.figment.find_value(key.path) {
                check::value(key, &value, &self.origin(key, Some(&value)).to_string())?;
            }
        }
        Ok(())
    }
}

fn layered(sources: &Sources, file: Option<&Data<Toml>>) -> Figment {
    let home = default_data(sources.is_root, &sources.environment);
    let data = home.map(|folder| ("data", Value::from(folder.to_string_lossy().into_owned())));
    let defaults = KEYS.iter().filter_map(|key| Some((key.path, key.default_value()?))).chain(data);
    let flags =
        sources.flags.iter().map(|(path, text)| (*path, key::find(path).map_or_else(|| text.as_str().into(), |key| key.parse(text))));
    let mut figment = Figment::from(Layer::new(layer::DEFAULT, defaults));
    if let Some(file) = file {
        figment = figment.merge(file);
    }
    figment.merge(Layer::of_environment(&sources.environment)).merge(Layer::new(layer::FLAG, flags))
}

fn data_folder(figment: &Figment) -> Result<PathBuf> {
    let folder = figment.find_value("data").ok().and_then(|value| value.into_string()).filter(|folder| !folder.is_empty());
    folder.map(PathBuf::from).ok_or_else(|| {
        Error::invalid("MARU-0705", "data", "There is no home to keep data in.").next("Say where it goes: `--data DIR` or `MARU_DATA`.")
    })
}

/// The file of settings in the data folder, where there is one.
fn in_folder(folder: &Path) -> Result<Option<Data<Toml>>> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    let file = read(&path)?;
    if values(&file, &path)?.contains_key("data") {
        return Err(Error::invalid(
            "MARU-0704",
            "data",
            format!("`data` in `{}` cannot say where the folder is that this file is in.", path.display()),
        )
        .next("Use `--data` or `MARU_DATA`, or name the file with `--config`."));
    }
    Ok(Some(file))
}

fn read(path: &Path) -> Result<Data<Toml>> {
    if let Err(error) = std::fs::File::open(path) {
        return Err(Error::invalid("MARU-0702", "config", format!("The file of settings `{}` cannot be read: {error}.", path.display())));
    }
    let file = Toml::file_exact(path);
    check::file(path, &values(&file, path)?)?;
    Ok(file)
}

fn values(file: &Data<Toml>, path: &Path) -> Result<Dict> {
    let mut profiles = file.data().map_err(|error| {
        Error::invalid(
            "MARU-0703",
            "config",
            format!("The file of settings `{}` is no TOML: {}", path.display(), error.kind.to_string().trim_end()),
        )
    })?;
    Ok(profiles.remove(&Profile::Default).unwrap_or_default())
}
