/* Folding and searching in folded texts. */
#include "base/fold.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *from, *to;
} folds[] = {
    {"", ""},
    {"  Anna \t B  ", "anna b"},
    {"MÜLLER Ærø", "müller ærø"},
    {"ŁÓDŹ Žižka ŸĦ", "łódź žižka ÿħ"},
    {"ΑΩ ЖЁ", "αω жё"},
    {"ＡＢＣ　１２３", "abc 123"},
    {"ヤマダ　タロウ", "やまだ たろう"},
    {"ﾔﾏﾀﾞ ﾊﾟﾋﾟﾌﾟ ｳﾞｶﾞｯﾂﾞﾃﾞﾄﾞ", "やまだ ぱぴぷ ゔがっづでど"},
    {"山田太郎", "山田太郎"},
    {"ｰﾞ", "ー"},
    {"a\xff\xc3", "a\xff\xc3"},
    {"×÷", "×÷"},
};

static void texts_are_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++) {
        char to[64];
        struct str got = str_of(to, fold(str_z(folds[i].from), to, sizeof to));
        if (!str_eq(got, str_z(folds[i].to))) {
            fail_msg("%s -> %.*s", folds[i].from, STR_ARG(got));
        }
        assert_int_equal(fold(got, to, sizeof to), got.len); /* once is enough */
    }
    char small[4];
    assert_int_equal(fold(STR("ab山"), small, sizeof small), 2); /* no half of a letter */
}

static const struct {
    const char *text, *word;
    bool has;
} searches[] = {
    {"anna meier", "mei", true},
    {"anna meier", "eier", false},
    {"anna-lena meier", "lena", true},
    {"cp-8865-3pcc", "8865", true},
    {"müller", "ller", false},
    {"あ.müller", "müller", true},
    {"banana nana", "nana", true},
    {"山田太郎", "太郎", true},
    {"やまだ たろう", "だ た", true},
    {"山田", "山本", false},
    {"a", "ab", false},
    {"", "a", false},
    {"", "", true},
};

static void words_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        if (fold_has(str_z(searches[i].text), str_z(searches[i].word)) != searches[i].has) {
            fail_msg("'%s' in '%s'", searches[i].word, searches[i].text);
        }
        uint64_t need = fold_need(str_z(searches[i].word));
        if (searches[i].has && (fold_marks(str_z(searches[i].text)) & need) != need) {
            fail_msg("the quick look misses '%s' in '%s'", searches[i].word, searches[i].text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_alike),
        cmocka_unit_test(words_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
