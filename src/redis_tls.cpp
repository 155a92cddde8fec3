// SPDX-License-Identifier: MIT
// TLS over two memory BIOs, as OpenSSL's BIO_s_mem(3) and SSL_set_bio(3) describe it: a socket BIO
// would raise SIGPIPE when the server has hung up.
#include "redis_tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <new>

#include <fmt/format.h>

namespace honeydue {

namespace {

std::string last_reason() {
    const char* const reason = ::ERR_reason_error_string(::ERR_peek_last_error());
    return reason == nullptr ? "the handshake was broken off" : reason;
}

tl::unexpected<error> unusable(std::string_view field, const std::string& file) {
    return fail(errc::configuration, fmt::format("{}: {}: {}", field, file, last_reason()));
}

bool is_address(const std::string& host) {
    const std::unique_ptr<ASN1_OCTET_STRING, decltype(&::ASN1_OCTET_STRING_free)> read{
        ::a2i_IPADDRESS(host.c_str()), &::ASN1_OCTET_STRING_free};
    return read != nullptr;
}

int size_of(std::size_t bytes) { return static_cast<int>(std::min<std::size_t>(bytes, 1U << 30U)); }

}  // namespace

result<redis_trust> read_trust(const redis_config& config) {
    redis_trust trust{::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free};
    if (trust == nullptr) throw std::bad_alloc{};
    ::SSL_CTX_set_min_proto_version(trust.get(), TLS1_2_VERSION);
    ::SSL_CTX_set_verify(trust.get(), SSL_VERIFY_PEER, nullptr);
    ::ERR_clear_error();
    if (const auto& file = config.tls_ca_cert_file; file.empty()) {
        ::SSL_CTX_set_default_verify_paths(trust.get());
    } else if (::SSL_CTX_load_verify_locations(trust.get(), file.c_str(), nullptr) != 1) {
        return unusable("tls_ca_cert_file", file);
    }
    if (config.tls_cert_file.empty()) return trust;
    if (const auto& file = config.tls_cert_file;
        ::SSL_CTX_use_certificate_chain_file(trust.get(), file.c_str()) != 1) {
        return unusable("tls_cert_file", file);
    }
    if (const auto& file = config.tls_key_file;
        ::SSL_CTX_use_PrivateKey_file(trust.get(), file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return unusable("tls_key_file", file);
    }
    return trust;
}

redis_tls::redis_tls(const redis_trust& trust, const std::string& host)
    : host_{host}, ssl_{::SSL_new(trust.get())} {
    BIO* const heard = ::BIO_new(::BIO_s_mem());
    BIO* const said = ::BIO_new(::BIO_s_mem());
    if (ssl_ == nullptr || heard == nullptr || said == nullptr) throw std::bad_alloc{};
    ::SSL_set_bio(ssl_.get(), heard, said);
    if (is_address(host)) {
        ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl_.get()), host.c_str());
    } else {
        ::SSL_set1_host(ssl_.get(), host.c_str());
        ::SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
    }
    ::SSL_set_connect_state(ssl_.get());
}

result<bool> redis_tls::shake_hands() {
    ::ERR_clear_error();
    const int done = ::SSL_do_handshake(ssl_.get());
    if (done == 1) return true;
    if (::SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) return false;
    return tl::unexpected{why_not()};
}

result<void> redis_tls::encrypt(std::string_view plain) {
    while (!plain.empty()) {
        ::ERR_clear_error();
        const int took = ::SSL_write(ssl_.get(), plain.data(), size_of(plain.size()));
        if (took <= 0) return tl::unexpected{why_not()};
        plain.remove_prefix(static_cast<std::size_t>(took));
    }
    return {};
}

result<std::size_t> redis_tls::decrypt(std::span<char> plain) {
    ::ERR_clear_error();
    const int size = ::SSL_read(ssl_.get(), plain.data(), size_of(plain.size()));
    if (size > 0) return static_cast<std::size_t>(size);
    switch (::SSL_get_error(ssl_.get(), size)) {
        case SSL_ERROR_WANT_READ:
            return 0U;
        case SSL_ERROR_ZERO_RETURN:
            return fail(errc::connection_lost, "redis: the server ended the connection");
        default:
            return tl::unexpected{why_not()};
    }
}

void redis_tls::hear(std::string_view wire) {
    ::BIO_write(::SSL_get_rbio(ssl_.get()), wire.data(), size_of(wire.size()));
}

std::string redis_tls::to_send() {
    BIO* const said = ::SSL_get_wbio(ssl_.get());
    std::string wire(::BIO_ctrl_pending(said), '\0');
    if (!wire.empty()) ::BIO_read(said, wire.data(), size_of(wire.size()));
    return wire;
}

error redis_tls::why_not() const {
    const long verified = ::SSL_get_verify_result(ssl_.get());
    if (verified == X509_V_OK) {
        return {errc::tls,
                fmt::format("redis: TLS: {}; does the server speak TLS on this port, and "
                            "want tls_cert_file?",
                            last_reason())};
    }
    return {errc::tls, fmt::format("redis: the certificate is not trusted: {}; it has to name {}, "
                                   "and tls_ca_cert_file to have who signed it",
                                   ::X509_verify_cert_error_string(verified), host_)};
}

}  // namespace honeydue
