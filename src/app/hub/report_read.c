/* The diagnosis that the child wrote: the worst phone of it. */
#include <stdio.h>

#include "app/hub/report.h"
#include "domain/diagnosis/rules.h"
#include "io/jsonin/jsonin.h"

enum { PHONES_READ = 1000 };

static void copy(char to[REPORT_TEXT], struct str s)
{
    (void)snprintf(to, REPORT_TEXT, "%.*s", STR_ARG(str_head(s, REPORT_TEXT - 1)));
}

/* The first finding of a phone that has lines in the text. */
struct worst {
    int level;
    struct str finding, stage;
    size_t findings;
};

static void read_findings(struct jsonin_object *phone, struct worst *w)
{
    struct jsonin_list l;
    struct jsonin_object f;
    static const char *const levels[] = {"info", "warning", "error", NULL};
    unsigned level = 0;
    *w = (struct worst){.level = -1, .finding = STR(""), .stage = STR("")};
    if (jsonin_list(phone, "findings", 0, 0, 1000, &l) != JSONIN_GIVEN || l.n == 0) {
        return;
    }
    w->findings = l.n;
    if (jsonin_list_object(&l, 0, &f) &&
        jsonin_word(&f, "level", JSONIN_NEEDED, levels, &level) == JSONIN_GIVEN) {
        w->level = (int)level;
        (void)jsonin_str(&f, "id", JSONIN_NEEDED, 1, REPORT_TEXT, &w->finding);
        (void)jsonin_str(&f, "stage", JSONIN_NEEDED, 1, REPORT_TEXT, &w->stage);
    }
}

static void read_phone(struct jsonin_object *phone, struct report_text *text,
                       struct report_done *ret)
{
    struct worst w;
    struct str s = STR("");
    read_findings(phone, &w);
    ret->findings += (unsigned)w.findings;
    if (w.level <= ret->level && ret->serial) {
        return;
    }
    ret->level = w.level > ret->level ? w.level : ret->level;
    copy(text->finding, w.finding);
    copy(text->stage, w.stage);
    ret->finding = w.finding.len ? text->finding : NULL;
    ret->stage = w.stage.len ? text->stage : NULL;
    if (jsonin_str(phone, "mac", JSONIN_NULL, 0, 32, &s) == JSONIN_GIVEN) {
        ret->has_mac = mac_read(s, &ret->mac);
    }
    s = STR("");
    (void)jsonin_str(phone, "serial", JSONIN_NULL, 0, REPORT_TEXT, &s);
    copy(text->serial, s);
    ret->serial = text->serial;
}

bool report_read(struct str json, struct report_text *text, struct report_done *ret)
{
    struct jsonin doc;
    struct jsonin_object root;
    struct jsonin_object phone;
    struct jsonin_list l;
    *ret = (struct report_done){.level = -1};
    bool ok = jsonin_open(&doc, json, &root) &&
              jsonin_list(&root, "phones", JSONIN_NEEDED, 0, 1000000, &l) == JSONIN_GIVEN;
    for (size_t i = 0; ok && i < l.n && i < PHONES_READ; i++) {
        if (jsonin_list_object(&l, i, &phone)) {
            read_phone(&phone, text, ret);
        }
    }
    jsonin_clear(&doc);
    ret->serial = ret->serial && ret->serial[0] ? ret->serial : NULL;
    return ok;
}
