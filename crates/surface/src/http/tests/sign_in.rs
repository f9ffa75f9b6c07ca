//! Sessions of people in browsers.

use super::house::{House, PASSWORD, get, post, with};
use crate::http::Tls;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

#[tokio::test]
async fn a_link_signs_in_once_and_lets_set_a_password() {
    let house = House::new().await;
    let code = house.services.identity.start_link().await.unwrap().unwrap();
    let body = format!(r#"{{"code":"{code}"}}"#);
    let answer = house.send(post("/api/v1/session/link", &body)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let cookie = answer.cookie();
    let session = answer.json().await;
    insta::assert_snapshot!(session["principal"], @r#"{"name":"admin","kind":"person","role":"admin"}"#);
    insta::assert_snapshot!(session["expires"], @r#""2026-03-08T00:00:00Z""#);
    let again = house.send(post("/api/v1/session/link", &body)).await;
    insta::assert_snapshot!(again.problem().await, @"401 MARU-0341 The sign-in link was used already, or is older than 15 minutes.");

    let set = post("/api/v1/user/set-password", &format!(r#"{{"name":"admin","password":"{PASSWORD}"}}"#));
    let set = with(with(set, "cookie", &cookie), "x-maru-csrf", session["csrf"].as_str().unwrap());
    assert_eq!(house.send(set).await.status, StatusCode::OK);
    assert_eq!(house.services.identity.start_link().await.unwrap(), None);
    let over = house.send(with(get("/api/v1/session"), "cookie", &cookie)).await;
    insta::assert_snapshot!(over.problem().await, @"401 MARU-0331 Nobody is signed in, or the session is over.");
    let anew = house.send(post("/api/v1/session", &format!(r#"{{"user":"admin","password":"{PASSWORD}"}}"#))).await;
    assert_eq!(anew.status, StatusCode::OK);
}

#[tokio::test]
async fn the_cookie_is_careful() {
    let house = House::new().await;
    let browser = house.signed_in().await;
    assert_eq!(house.send(with(get("/api/v1/session"), "cookie", &browser.cookie)).await.status, StatusCode::OK);
    let answer = house.send(post("/api/v1/session", &format!(r#"{{"user":"kim","password":"{PASSWORD}"}}"#))).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    let (name, rest) = cookie.split_once('=').unwrap();
    let (_, attributes) = rest.split_once(';').unwrap();
    insta::assert_snapshot!(format!("{name};{attributes}"), @"maru-7171; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict");

    let house = House::with(|options| options.tls = Tls::SelfSigned { folder: "unused".into() }).await;
    let browser = house.signed_in().await;
    assert!(browser.cookie.starts_with("__Host-maru-7171="));
    let answer = house.send(browser.sends(Request::delete("/api/v1/session").body(Body::empty()).unwrap())).await;
    assert!(answer.headers[header::SET_COOKIE].to_str().unwrap().ends_with("; Max-Age=0; HttpOnly; SameSite=Strict; Secure"));
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let house = House::new().await;
    let browser = house.signed_in().await;
    let again = with(post("/api/v1/session", &format!(r#"{{"user":"kim","password":"{PASSWORD}"}}"#)), "cookie", &browser.cookie);
    assert_ne!(house.send(again).await.cookie(), browser.cookie);
    assert_eq!(house.send(with(get("/api/v1/session"), "cookie", &browser.cookie)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_page_from_elsewhere_cannot_act() {
    let house = House::new().await;
    let browser = house.signed_in().await;
    let note = || post("/api/v1/note/write", r#"{"text":"a"}"#);
    assert_eq!(house.send(browser.sends(note())).await.status, StatusCode::OK);
    let no_secret = house.send(with(note(), "cookie", &browser.cookie)).await;
    insta::assert_snapshot!(no_secret.problem().await, @"403 MARU-0351 The header `X-Maru-Csrf` is missing or belongs to another session.");
    let elsewhere = house.send(with(browser.sends(note()), "origin", "http://evil.example")).await;
    insta::assert_snapshot!(elsewhere.problem().await, @"403 MARU-0350 The request was sent by a page that is not Maru's.");
    let other_port = house.send(with(browser.sends(note()), "sec-fetch-site", "same-site")).await;
    assert_eq!(other_port.status, StatusCode::FORBIDDEN);
    let same = with(with(browser.sends(note()), "origin", "http://localhost:7171"), "sec-fetch-site", "same-origin");
    assert_eq!(house.send(same).await.status, StatusCode::OK);
    let sign_in = post("/api/v1/session", &format!(r#"{{"user":"kim","password":"{PASSWORD}"}}"#));
    assert_eq!(house.send(with(sign_in, "origin", "http://evil.example")).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn signing_out_ends_it() {
    let house = House::new().await;
    let browser = house.signed_in().await;
    let out = || Request::delete("/api/v1/session").body(Body::empty()).unwrap();
    assert_eq!(house.send(with(out(), "cookie", &browser.cookie)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.send(browser.sends(out())).await.status, StatusCode::NO_CONTENT);
    assert_eq!(house.send(with(get("/api/v1/session"), "cookie", &browser.cookie)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let house = House::new().await;
    let browser = house.signed_in().await;
    let guess = |name: &str| post("/api/v1/session", &format!(r#"{{"user":"{name}","password":"wrong, wrong, wrong"}}"#));
    for _ in 0..5 {
        assert_eq!(house.send(guess("kim")).await.status, StatusCode::UNAUTHORIZED);
    }
    let refused = house.send(guess("kim")).await;
    assert_eq!(refused.headers[header::RETRY_AFTER], "1");
    insta::assert_snapshot!(refused.problem().await, @"429 MARU-0310 Too many failed tries to sign in.");
    insta::assert_snapshot!(house.send(guess("nobody")).await.problem().await, @"401 MARU-0330 Name and password do not fit together.");
    assert_eq!(house.send(with(get("/api/v1/session"), "cookie", &browser.cookie)).await.status, StatusCode::OK);
    house.after(2);
    let right = post("/api/v1/session", &format!(r#"{{"user":"kim","password":"{PASSWORD}"}}"#));
    assert_eq!(house.send(right).await.status, StatusCode::OK);
}
