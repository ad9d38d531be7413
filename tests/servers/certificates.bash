# SPDX-License-Identifier: ISC
# certificates.bash: certificates for the tests.
#
# certificates_make DIRECTORY
#   Makes ca.pem, and from it the pairs NAME.pem (the certificate and its key): good (localhost and
#   127.0.0.1), wrong-name, localhost (by its subject alone), expired, client; from another authority,
#   stranger.pem; and self-signed.pem. other-ca.pem is that other authority. good.pub is the public
#   key of good.

certificate_authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$2" \
        -keyout "$1.key" -out "$1.pem"
}

# certificate_pair NAME AUTHORITY SUBJECT-ALT-NAMES START END; without names, only the subject says one
certificate_pair() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
        -keyout "$1.key" -out "$1.csr"
    : >index.txt
    openssl ca -batch -config ca.conf -cert "$2.pem" -keyfile "$2.key" -in "$1.csr" -notext \
        -startdate "$4" -enddate "$5" -extfile <(echo "${3:+subjectAltName=$3}") -out "$1.crt"
    cat "$1.crt" "$1.key" >"$1.pem"
}

certificates_write() {
    local start end
    start=$(date -u -d '2 days ago' +%Y%m%d%H%M%SZ)
    end=$(date -u -d '2 days' +%Y%m%d%H%M%SZ)
    cat >ca.conf <<CONFIG
[ca]
default_ca = ours
[ours]
database = index.txt
new_certs_dir = .
default_md = sha256
unique_subject = no
rand_serial = yes
policy = any
[any]
commonName = supplied
CONFIG
    certificate_authority ca "the authority of the tests"
    certificate_authority other-ca "another authority"
    certificate_pair good ca DNS:localhost,IP:127.0.0.1 "$start" "$end"
    certificate_pair wrong-name ca DNS:elsewhere.example,IP:192.0.2.1 "$start" "$end"
    certificate_pair localhost ca "" "$start" "$end"
    certificate_pair expired ca DNS:localhost,IP:127.0.0.1 "$start" "$(date -u -d yesterday +%Y%m%d%H%M%SZ)"
    certificate_pair client ca DNS:client.example "$start" "$end"
    certificate_pair stranger other-ca DNS:localhost,IP:127.0.0.1 "$start" "$end"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout self-signed.key -out self-signed.crt
    cat self-signed.crt self-signed.key >self-signed.pem
    openssl x509 -in good.crt -noout -pubkey >good.pub
}

certificates_make() {
    mkdir -p "${1:?a directory}"
    (cd "$1" && certificates_write && chmod 644 ./*) >"$1.log" 2>&1 || true
    if ! [ -s "$1/good.pub" ] || ! [ -s "$1/stranger.crt" ]; then
        cat "$1.log" >&2
        return 1
    fi
}
