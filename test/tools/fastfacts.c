/* The facts of a log as the program reads them, in the form of slowread, which it is compared with.
 *
 *     fastfacts <LOG      prints: line TAB kind TAB field=value TAB field=value ...
 *
 * Identities of phones are left out, and of SIP messages the fields that slowread does not tell. */
#include <stdio.h>
#include <unistd.h>

#include "flow/doctor/doctor.h"

static void field(const struct fact *f, enum field id)
{
    struct str v = fact_get(f, id);
    if (v.len) {
        printf("\t%s=%.*s", field_name(id), STR_ARG(v));
    }
}

static void on_fact(void *ctx, const struct fact *f)
{
    static const enum field of_sip[] = {FIELD_SERVER, FIELD_PORT,   FIELD_TRANSPORT, FIELD_STATE,
                                        FIELD_STATUS, FIELD_METHOD, FIELD_CSEQ,      FIELD_CALL_ID,
                                        FIELD_ASKED,  FIELD_GRANTED};
    (void)ctx;
    if (f->kind == FACT_PHONE_MODEL) {
        return;
    }
    printf("%u\t%s", f->place.line, fact_row(f->kind)->name);
    if (f->kind == FACT_SIP_REQUEST || f->kind == FACT_SIP_RESPONSE) {
        for (size_t i = 0; i < sizeof of_sip / sizeof *of_sip; i++) {
            field(f, of_sip[i]);
        }
    } else {
        for (unsigned i = 0; i < f->n; i++) {
            printf("\t%s=%.*s", field_name((enum field)f->f[i].field), STR_ARG(f->f[i].v));
        }
    }
    putchar('\n');
}

int main(void)
{
    static char block[100003]; /* no power of two: lines are cut everywhere */
    static struct knowledge k;
    struct conf_error e;
    struct doctor_cfg cfg = {.fact = on_fact};
    struct doctor *d = NULL;
    if (knowledge_init(&k) == ERR_OK && knowledge_add_share(&k, &e) == ERR_OK) {
        d = doctor_new(&k, &cfg);
    }
    if (!d) {
        fprintf(stderr, "fastfacts: %s\n", e.what);
        return 1;
    }
    doctor_begin(d, STR("stdin"), INPUT_LOG, 0);
    for (ssize_t n; (n = read(STDIN_FILENO, block, sizeof block)) > 0;) {
        doctor_feed(d, str_of(block, (size_t)n));
    }
    doctor_end(d, true);
    doctor_free(d);
    knowledge_clear(&k);
    return 0;
}
