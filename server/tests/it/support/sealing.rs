//! Seals anything to the RSA key of a certificate, also what an honest client would not.

use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use rustls_pki_types::{CertificateDer, pem::PemObject};

pub(crate) fn seal_to(certificate: &str, plain: &[u8]) -> String {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
    let anchor = webpki::anchor_from_trusted_cert(&certificate).expect("a certificate");
    let public = PublicEncryptingKey::from_der(&webpki::spki_for_anchor(&anchor)).expect("an RSA key");
    let public = Pkcs1PublicEncryptingKey::new(public).expect("an RSA key");
    let mut sealed = vec![0; public.ciphertext_size()];
    BASE64_STANDARD.encode(public.encrypt(plain, &mut sealed).expect("it can be sealed"))
}
