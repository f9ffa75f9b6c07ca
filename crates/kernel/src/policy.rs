//! Who may do what.

use crate::{Effect, Error, ErrorKind, Principal, Result, Role, Scope};

/// Decides whether a principal may do something.
pub trait Authorize: Send + Sync {
    /// Refuses with [`ErrorKind::Denied`] when `principal` may not do `action`.
    fn authorize(&self, principal: &Principal, action: &str, effect: Effect) -> Result<()>;
}

/// Permission by role and scope: members read and change, administrators do anything, a credential never more than its scope.
#[derive(Clone, Copy, Debug, Default)]
pub struct RolePolicy;

impl Authorize for RolePolicy {
    fn authorize(&self, principal: &Principal, action: &str, effect: Effect) -> Result<()> {
        let needed = match effect {
            _ if action == "metrics.write" => Scope::Ingest,
            Effect::Read => Scope::Read,
            Effect::Change => Scope::Change,
            Effect::Destroy => Scope::Admin,
        };
        // A credential that may only send telemetry in reads nothing, and one that only reads sends nothing.
        let carries = match needed {
            Scope::Ingest => principal.scope != Scope::Read,
            _ => principal.scope >= needed,
        };
        if !carries {
            return Err(Error::new(
                ErrorKind::Denied,
                "MARU-0003",
                format!("`{action}` needs a credential with scope `{}`; this one has `{}`.", name(needed), name(principal.scope)),
            )
            .next("Create a token with that scope: `maru token create NAME --scope …`."));
        }
        if effect == Effect::Destroy && principal.role != Role::Admin {
            return Err(Error::new(
                ErrorKind::Denied,
                "MARU-0004",
                format!("`{action}` is for administrators; `{}` is a member.", principal.name),
            )
            .next("Ask an administrator to do it."));
        }
        Ok(())
    }
}

fn name(scope: Scope) -> &'static str {
    match scope {
        Scope::Ingest => "ingest",
        Scope::Read => "read",
        Scope::Change => "change",
        Scope::Admin => "admin",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::PrincipalKind;

    fn allowed(role: Role, scope: Scope) -> String {
        let principal = Principal { name: "kim".into(), kind: PrincipalKind::Service, role, scope };
        [("metrics.write", Effect::Change), ("a.read", Effect::Read), ("a.change", Effect::Change), ("a.destroy", Effect::Destroy)]
            .into_iter()
            .filter(|(action, effect)| RolePolicy.authorize(&principal, action, *effect).is_ok())
            .map(|(action, _)| action)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn a_credential_carries_no_more_than_its_scope_and_its_owners_role() {
        insta::assert_snapshot!(allowed(Role::Admin, Scope::Ingest), @"metrics.write");
        insta::assert_snapshot!(allowed(Role::Admin, Scope::Read), @"a.read");
        insta::assert_snapshot!(allowed(Role::Admin, Scope::Change), @"metrics.write a.read a.change");
        insta::assert_snapshot!(allowed(Role::Admin, Scope::Admin), @"metrics.write a.read a.change a.destroy");
        insta::assert_snapshot!(allowed(Role::Member, Scope::Admin), @"metrics.write a.read a.change");
    }
}
