// SPDX-License-Identifier: MIT
// A certificate authority and a server certificate for localhost, made on the spot.
#include "certificate.hpp"

#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace honeydue::support {

namespace fs = std::filesystem;

namespace {

// `openssl x509` cannot date a certificate back; `openssl ca` can, and wants its bookkeeping.
constexpr std::string_view authority_settings = R"([ca]
default_ca = own
[own]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
CN = honeydue test authority
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
authorityKeyIdentifier = keyid
)";

std::string utc_day(int days_from_now) {
    const auto moment = std::time(nullptr) + static_cast<std::time_t>(days_from_now) * 86'400;
    std::tm parts{};
    ::gmtime_r(&moment, &parts);
    char text[16];
    std::strftime(text, sizeof text, "%y%m%d%H%M%SZ", &parts);
    return text;
}

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

certificate_files make_certificates(const scratch_directory& directory, const server_user& owner) {
    const auto openssl = find_program("openssl").native();
    directory.write("authority.cnf", authority_settings);
    directory.write("index.txt", "");
    const auto run = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), openssl);
        run_program(arguments, owner, directory.path());
    };
    const auto request = [&](const std::string& name, const std::string& subject) {
        run({"req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-config", "authority.cnf", "-subj", subject, "-keyout", name + ".key", "-out",
             name + ".csr"});
    };
    const auto sign = [&](const std::string& name, const std::vector<std::string>& how) {
        std::vector<std::string> arguments{
            "ca",        "-batch",   "-notext",    "-config",  "authority.cnf", "-startdate",
            utc_day(-1), "-enddate", utc_day(365), "-keyfile", "root.key",      "-extensions"};
        arguments.insert(arguments.end(), how.begin(), how.end());
        arguments.insert(arguments.end(), {"-in", name + ".csr", "-out", name + ".crt"});
        run(arguments);
    };
    request("root", "/CN=honeydue test authority");
    sign("root", {"authority", "-selfsign"});
    request("server", "/CN=localhost");
    sign("server", {"server", "-cert", "root.crt"});
    return {directory.path() / "root.crt", directory.path() / "server.crt",
            directory.path() / "server.key"};
}

certificate_files copy_certificates(const certificate_files& from, const scratch_directory& to) {
    return {to.write("root.crt", content_of(from.authority)),
            to.write("server.crt", content_of(from.certificate)),
            to.write("server.key", content_of(from.key))};
}

}  // namespace honeydue::support
