//! Users and their passwords.

use super::{
    entity::{session, user},
    room::{Identity, LOCAL, manages_others, owner},
    secret, words,
};
use maru_kernel::{Error, ErrorKind, Principal, Result, Role};
use maru_store::database_error;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, SqlErr,
    TransactionTrait,
};

/// The user that one-time links sign in at first.
pub(super) const ADMIN: &str = "admin";

impl Identity {
    pub(super) async fn create_user(&self, name: &str, role: Role, password: Option<String>) -> Result<user::Model> {
        check_name(name)?;
        let password_hash = match password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let user = user::ActiveModel {
            id: Set(secret::id()?),
            name: Set(name.to_owned()),
            role: Set(words::role_word(role).to_owned()),
            password_hash: Set(password_hash),
            created_ms: Set(self.clock.now_ms()),
            disabled: Set(false),
        };
        user.insert(self.db()).await.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                Error::new(ErrorKind::Conflict, "MARU-0312", format!("There is a user `{name}` already."))
                    .next("Choose another name, or `maru user set-password` for that one.")
            }
            _ => database_error(error),
        })
    }

    pub(super) async fn list_users(&self) -> Result<Vec<user::Model>> {
        user::Entity::find().order_by_asc(user::Column::Name).all(self.db()).await.map_err(database_error)
    }

    pub(super) async fn find_user(&self, name: &str) -> Result<Option<user::Model>> {
        user::Entity::find().filter(user::Column::Name.eq(name)).one(self.db()).await.map_err(database_error)
    }

    pub(super) async fn user(&self, name: &str) -> Result<user::Model> {
        self.find_user(name)
            .await?
            .ok_or_else(|| Error::not_found("MARU-0313", format!("There is no user `{name}`.")).next("`maru user list` shows them all."))
    }

    /// Sets a password, and ends every session of that user: whoever knew the old one is out.
    pub(super) async fn set_password(&self, actor: &Principal, name: &str, password: String, current: Option<String>) -> Result<()> {
        let is_own = owner(actor) == name;
        if !is_own && !manages_others(actor) {
            return Err(Error::new(ErrorKind::Denied, "MARU-0314", "Only administrators set the passwords of others.")
                .next("Ask an administrator to do it."));
        }
        let user = self.user(name).await?;
        if is_own && user.password_hash.is_some() {
            self.check_current(&user, current).await?;
        }
        let hash = self.passwords.hash(password).await?;
        let change = self.db().begin().await.map_err(database_error)?;
        let mut changed = user.into_active_model();
        changed.password_hash = Set(Some(hash));
        changed.update(&change).await.map_err(database_error)?;
        session::Entity::delete_many().filter(session::Column::Principal.eq(name)).exec(&change).await.map_err(database_error)?;
        change.commit().await.map_err(database_error)
    }

    async fn check_current(&self, user: &user::Model, current: Option<String>) -> Result<()> {
        let current = current.ok_or_else(|| Error::invalid("MARU-0315", "current", "Changing your own password needs the current one."))?;
        self.begin_own_attempt(&user.name)?;
        if !self.passwords.fits(current, user.password_hash.clone()).await? {
            return Err(Error::invalid("MARU-0316", "current", "The current password is another one."));
        }
        self.own_attempt_succeeded(&user.name);
        Ok(())
    }

    /// Lets a user sign in, or no longer; in the latter case its sessions end and its tokens stop working.
    pub(super) async fn set_disabled(&self, name: &str, disabled: bool) -> Result<user::Model> {
        let user = self.user(name).await?;
        let change = self.db().begin().await.map_err(database_error)?;
        let mut changed = user.into_active_model();
        changed.disabled = Set(disabled);
        let user = changed.update(&change).await.map_err(database_error)?;
        if disabled {
            let administrators = user::Entity::find()
                .filter(user::Column::Role.eq(words::role_word(Role::Admin)))
                .filter(user::Column::Disabled.eq(false))
                .count(&change)
                .await
                .map_err(database_error)?;
            if administrators == 0 {
                return Err(Error::new(ErrorKind::Conflict, "MARU-0317", format!("`{name}` is the last administrator."))
                    .next("Create another administrator first: `maru user create NAME --role admin`."));
            }
            session::Entity::delete_many().filter(session::Column::Principal.eq(name)).exec(&change).await.map_err(database_error)?;
        }
        change.commit().await.map_err(database_error)?;
        Ok(user)
    }
}

/// Names are short, and safe in URLs, in records and in `owner/token`.
fn check_name(name: &str) -> Result<()> {
    let right = (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '@' | '+'));
    if !right {
        return Err(Error::invalid(
            "MARU-0318",
            "name",
            "A user's name has 1 to 64 of the characters `a-z 0-9 . _ - @ +` and begins with a letter or a digit.",
        ));
    }
    if name == LOCAL {
        return Err(Error::invalid("MARU-0318", "name", "The name `local` stands for whoever can read the data folder."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_safe_wherever_they_are_written() {
        for right in ["kim", "min-jun.kim", "kim@example.com", "7"] {
            assert!(check_name(right).is_ok(), "{right}");
        }
        for wrong in ["", "Kim", "kim/ci", "-kim", "김", "local", "a b", &"a".repeat(65)] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
    }
}
