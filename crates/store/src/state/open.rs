//! Opening the state database and bringing its schema up to date.

use crate::{StoreError, database_error, folder::replace_file};
use maru_kernel::{Error, ErrorKind, Result};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sea_orm_migration::{MigrationTrait, MigratorTraitSelf};
use std::{path::Path, time::Duration};

/// The state database.
#[derive(Debug)]
pub struct State {
    connection: DatabaseConnection,
}

impl State {
    /// Opens the database at `url` (`sqlite://PATH` or `postgres://…`) and applies the migrations that it lacks, in the order given.
    ///
    /// # Errors
    /// When it cannot be reached, or was made by a newer release.
    pub async fn open(url: &str, migrations: fn() -> Vec<Box<dyn MigrationTrait>>) -> Result<Self> {
        let sqlite_path = url.strip_prefix("sqlite://");
        if sqlite_path.is_none() && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(Error::invalid("MARU-0120", "state", "The state database is `sqlite://PATH` or `postgres://USER@HOST/DATABASE`."));
        }
        if let Some(path) = sqlite_path.map(Path::new)
            && !path.exists()
        {
            // SQLite would make it readable by everybody.
            replace_file(path, &[]).map_err(|error| match error {
                StoreError::Log(source) => unreachable_database(url, &source.to_string()),
                other => other.into(),
            })?;
        }
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(if sqlite_path.is_some() { 4 } else { 10 })
            .connect_timeout(Duration::from_secs(5))
            .acquire_timeout(Duration::from_secs(3))
            .sqlx_logging(false);
        let connection = Database::connect(options).await.map_err(|error| unreachable_database(url, &error.to_string()))?;
        if sqlite_path.is_some() {
            connection.execute_unprepared("PRAGMA journal_mode = WAL").await.map_err(database_error)?;
        }
        let migrations = Migrations(migrations);
        let names: Vec<_> = migrations.migrations().iter().map(|migration| migration.name().to_owned()).collect();
        let applied = migrations.get_migration_models(&connection).await.map_err(database_error)?;
        if let Some(unknown) = applied.iter().find(|applied| !names.contains(&applied.version)) {
            return Err(Error::new(
                ErrorKind::Conflict,
                "MARU-0121",
                format!("The state database was made by a newer Maru: this one does not know its change `{}`.", unknown.version),
            )
            .next("Run the newer release."));
        }
        migrations.up(&connection, None).await.map_err(database_error)?;
        Ok(Self { connection })
    }

    /// The connection, for entities.
    #[must_use]
    pub fn db(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Closes the database.
    pub async fn close(&self) {
        if let Err(error) = self.connection.clone().close().await {
            tracing::warn!(%error, "the state database did not close cleanly");
        }
    }
}

fn unreachable_database(url: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Unavailable, "MARU-0122", format!("The state database `{}` cannot be opened: {reason}.", without_password(url)))
        .next("Check the address, that it runs, and that this user may create tables in it.")
}

/// An address without the password in it.
fn without_password(address: &str) -> String {
    url::Url::parse(address).map_or_else(
        |_| "(unreadable address)".into(),
        |mut url| {
            if url.password().is_some() {
                let _ = url.set_password(Some("…"));
            }
            url.to_string()
        },
    )
}

/// The migrations of all crates, as one list.
struct Migrations(fn() -> Vec<Box<dyn MigrationTrait>>);

impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        (self.0)()
    }
}
