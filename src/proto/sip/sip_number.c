/* Header fields that are numbers (RFC 3261 20.16, 20.19, 20.22, 20.23, 20.33). */
#include "proto/sip/sip_number.h"

#include "proto/sip/sip_lex.h"

enum err sip_number_read(struct str value, uint32_t most, uint32_t *ret_n, struct err_at *reterr_at)
{
    struct sip_lex l = lex_of(value);
    uint64_t n = 0;
    lex_blank(&l);
    size_t digits = str_digits(lex_rest(&l), &n);
    if (digits == 0) {
        return lex_fail(&l, "not a number", "RFC 3261 25.1", reterr_at);
    }
    if (n > most) {
        return lex_fail(&l, "the number is too large", "RFC 3261 25.1", reterr_at);
    }
    l.at += digits;
    lex_blank(&l);
    if (!lex_end(&l)) {
        return lex_fail(&l, "something follows the number", "RFC 3261 25.1", reterr_at);
    }
    *ret_n = (uint32_t)n;
    return ERR_OK;
}

enum err sip_seconds_read(struct str value, uint32_t *ret_seconds, struct err_at *reterr_at)
{
    struct sip_lex l = lex_of(value);
    uint64_t n = 0;
    lex_blank(&l);
    size_t digits = str_digits(lex_rest(&l), &n);
    if (digits == 0) {
        return lex_fail(&l, "not a number of seconds", "RFC 3261 20.19", reterr_at);
    }
    l.at += digits;
    lex_blank(&l);
    if (!lex_end(&l) && lex_peek(&l) != ';' && lex_peek(&l) != '(') {
        return lex_fail(&l, "something follows the seconds", "RFC 3261 25.1", reterr_at);
    }
    *ret_seconds = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
    return ERR_OK;
}

enum err sip_cseq_read(struct str value, struct sip_cseq *ret_cseq, struct err_at *reterr_at)
{
    static const char rule[] = "RFC 3261 20.16";
    struct sip_lex l = lex_of(value);
    uint64_t n = 0;
    lex_blank(&l);
    size_t digits = str_digits(lex_rest(&l), &n);
    if (digits == 0) {
        return lex_fail(&l, "CSeq does not start with a number", rule, reterr_at);
    }
    if (n >= (uint64_t)1 << 31) {
        return lex_fail(&l, "CSeq's number is not below 2^31", "RFC 3261 8.1.1.5", reterr_at);
    }
    l.at += digits;
    size_t gap = l.at;
    lex_blank(&l);
    struct str method = lex_token(&l);
    if (method.len == 0 || l.at - method.len == gap) {
        return lex_fail(&l, "CSeq has no method", rule, reterr_at);
    }
    lex_blank(&l);
    if (!lex_end(&l)) {
        return lex_fail(&l, "something follows CSeq's method", rule, reterr_at);
    }
    *ret_cseq = (struct sip_cseq){(uint32_t)n, method};
    return ERR_OK;
}
