//! The console.

use super::house::{House, get, post};
use axum::http::{StatusCode, header};

#[tokio::test]
async fn every_address_that_is_none_of_the_apis_is_the_page() {
    let house = House::new().await;
    for path in ["/", "/index.html", "/watch/series/00ff", "/sign-in"] {
        let answer = house.send(get(path)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    }
    assert_eq!(house.send(post("/watch", "{}")).await.status, StatusCode::METHOD_NOT_ALLOWED);
    insta::assert_snapshot!(house.send(get("/assets/gone-1234.js")).await.problem().await, @"404 MARU-0371 The console has no such file.");
}

#[tokio::test]
async fn browsers_are_made_careful() {
    let house = House::new().await;
    let headers = house.send(get("/")).await.headers;
    insta::assert_snapshot!(headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap(), @"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
    assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    let house = House::with(|options| options.tls = crate::http::Tls::Own { cert: "unused".into(), key: "unused".into() }).await;
    assert!(house.send(get("/")).await.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
}
