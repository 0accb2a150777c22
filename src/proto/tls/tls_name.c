/* Names of versions, alerts, cipher suites and handshake messages. */
#include "proto/tls/tls_name.h"

struct row {
    uint16_t number;
    const char *name;
};

/* RFC 8446 6, B.2, and what older versions had. */
static const struct row alerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

static const struct row ciphers[] = {
#define CIPHER(number, name, seal, hash) {number, name},
#include "proto/tls/tls_cipher.def"
#undef CIPHER
};

static const struct row messages[] = {
    {0, "hello_request"},      {1, "client_hello"},         {2, "server_hello"},
    {4, "new_session_ticket"}, {5, "end_of_early_data"},    {8, "encrypted_extensions"},
    {11, "certificate"},       {12, "server_key_exchange"}, {13, "certificate_request"},
    {14, "server_hello_done"}, {15, "certificate_verify"},  {16, "client_key_exchange"},
    {20, "finished"},          {21, "certificate_url"},     {22, "certificate_status"},
    {24, "key_update"},        {254, "message_hash"},
};

static const struct row versions[] = {
    {0x0002, "SSL 2.0"}, {0x0300, "SSL 3.0"}, {0x0301, "TLS 1.0"},
    {0x0302, "TLS 1.1"}, {0x0303, "TLS 1.2"}, {0x0304, "TLS 1.3"},
};

#define FIND(rows, number) find(rows, sizeof(rows) / sizeof(rows)[0], number)

/* The rows are in order of their numbers. */
static const char *find(const struct row *rows, size_t n, uint16_t number)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (rows[middle].number == number) {
            return rows[middle].name;
        }
        if (rows[middle].number < number) {
            low = middle + 1;
        } else {
            n = middle;
        }
    }
    return NULL;
}

const char *tls_version_name(uint16_t version)
{
    return FIND(versions, version);
}

const char *tls_alert_name(uint8_t description)
{
    return FIND(alerts, description);
}

const char *tls_cipher_name(uint16_t cipher)
{
    return FIND(ciphers, cipher);
}

const char *tls_message_name(uint8_t type)
{
    return FIND(messages, type);
}
