/* `dialtone explain`. */
#include "app/explain/explain.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/know/know.h"
#include "flow/report/report.h"
#include "io/out/out.h"

static const struct cli_option options[] = {
    CLI_LANG,
    KNOW_RULES,
    {"list", 0, NULL, "all ids with their titles", NULL},
    {"table", 0, NULL, "the table of findings in Markdown", NULL},
    {"facts", 0, NULL, "the table of facts in Markdown", NULL},
    CLI_COLOR,
    {NULL, 0, NULL, NULL, NULL},
};

static void list(const struct knowledge *k, enum language lang, struct sink *out)
{
    for (const struct rule *u = k->rules.first; u; u = u->next) {
        const struct finding_text *t = texts_find(&k->texts[lang], u->id);
        t = t ? t : texts_find(&k->texts[LANG_EN], u->id);
        sink_fmt(out, "%-6.*s %-8s %-8s %.*s\n", STR_ARG(u->id), level_name(u->level),
                 evidence_class_name(u->class), STR_ARG(t ? str_trim(t->v[TEXT_TITLE]) : u->id));
    }
}

static int explain(const struct cli_args *a, const struct knowledge *k, struct sink *out)
{
    enum language lang = know_language(a);
    if (cli_given(a, "table")) {
        report_findings_table(k, out);
        return CLI_OK;
    }
    if (cli_given(a, "facts")) {
        report_facts_table(out);
        return CLI_OK;
    }
    if (cli_given(a, "list")) {
        list(k, lang, out);
        return CLI_OK;
    }
    if (a->n == 0) {
        cli_error("explain needs ID...; all ids: dialtone explain --list");
        return CLI_USAGE;
    }
    for (size_t i = 0; i < a->n; i++) {
        sink_z(out, i ? "\n" : "");
        if (!report_explain(k, lang, str_z(a->arg[i]), cli_color(a, STDOUT_FILENO),
                            cli_width(STDOUT_FILENO), out)) {
            cli_error("there is no finding '%s'; all ids: dialtone explain --list", a->arg[i]);
            return CLI_USAGE;
        }
    }
    return CLI_OK;
}

static int run(const struct cli_args *a)
{
    struct know k;
    if (!know_load(&k, a)) {
        return CLI_USAGE;
    }
    struct out *o = malloc(sizeof *o);
    int code = CLI_UNFINISHED;
    if (o) {
        struct sink s = out_init(o, STDOUT_FILENO);
        code = explain(a, &k.k, &s);
        if (out_flush(o) != ERR_OK) {
            code = CLI_UNFINISHED;
        }
    }
    free(o);
    know_clear(&k);
    return code;
}

const struct cli_command explain_command = {
    .name = "explain",
    .args = "ID...",
    .summary = "The long text of a finding",
    .text =
        "What a finding means, its causes, how to make sure, the remedy and its side effects.\n",
    .examples = "  dialtone explain DN-01\n  dialtone explain --lang ja DH-01\n"
                "  dialtone explain --list\n",
    .options = options,
    .least = 0,
    .run = run,
};
