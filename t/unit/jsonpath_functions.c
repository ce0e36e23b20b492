/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath: length, count, value, match, search; their types and their regular expressions. */
#include "t/lib/jsonpath_table.h"

static const jsonpath_row_t length[] = {
    {"$[?length(@)==3]", "[`abc`,`ab`,[1,2,3],{`a`:1,`b`:2,`c`:3},3,null,true]",
     "[`abc`,[1,2,3],{`a`:1,`b`:2,`c`:3}]", 0},
    {"$[?length(@)==2]", "[`\xc3\xa4\xc3\xb6`,`\xf0\x9f\x98\x80x`,`\xf0\x9f\x98\x80`]",
     "[`\xc3\xa4\xc3\xb6`,`\xf0\x9f\x98\x80x`]", 0},
    {"$[?length(@)==3]", "[`a\\u0000b`]", "[`a\\u0000b`]", 0},
    {"$[?length(@)==0]", "[``,[],{},0,null]", "[``,[],{}]", 0},
    {"$[?length(@.a)>=2]", "[{`a`:`xy`},{`a`:`x`},{`b`:`xyz`},{`a`:[1,2,3]}]",
     "[{`a`:`xy`},{`a`:[1,2,3]}]", 0},
    {"$[?length(@.a)==length(@.b)]", "[{`a`:`xy`,`b`:[1,2]},{`a`:`x`},{`a`:1,`b`:2},{}]",
     "[{`a`:`xy`,`b`:[1,2]},{`a`:1,`b`:2},{}]", 0},
    {"$[?length('ab')==2]", "[1]", "[1]", 0},
    {"$[?length(@)!=1]", "[`a`,5]", "[5]", 0},
    {"$[?length(@)<2]", "[`a`,`ab`,5]", "[`a`]", 0},
    {"$[?2>length(@)]", "[`a`,`ab`,5]", "[`a`]", 0},
    {"$[?length(5)==1]", "[1]", "[]", 0},
    {"$[?length(null)==length(true)]", "[1]", "[1]", 0},
    {"$[?length(value($..x))==2]", "{`x`:[1,2]}", "[[1,2]]", 0},
    {"$[?length(length(@))==1]", "[`a`]", "[]", 0},
    {"$[?length(count(@.*))==length(5)]", "[[1]]", "[[1]]", 0},
    {"$[?length( @ )==1]", "[`a`]", "[`a`]", 0},
    {"$[?length(\n@\t)==1]", "[`a`]", "[`a`]", 0},
    {"$[?length(@)==1.0]", "[`a`]", "[`a`]", 0},
    {"$[?length (@)==1]", 0, BAD, 3},
    {"$[?length\n(@)==1]", 0, BAD, 3},
    {"$[?length()==1]", 0, BAD, 10},
    {"$[?length(@,@)==1]", 0, BAD, 12},
    {"$[?length(@.*)==1]", 0, BAD, 10},
    {"$[?length(@[*])==1]", 0, BAD, 10},
    {"$[?length($..a)==1]", 0, BAD, 10},
    {"$[?length(@[1:2])==1]", 0, BAD, 10},
    {"$[?length(@)]", 0, BAD, 3},
    {"$[?!length(@)]", 0, BAD, 4},
    {"$[?length(@)&&@]", 0, BAD, 3},
    {"$[?(length(@))]", 0, BAD, 4},
    {"$[?length(match(@,'a'))==1]", 0, BAD, 10},
    {"$[?length(@.a==1)==1]", 0, BAD, 13},
    {"$[?length(!@)==1]", 0, BAD, 10},
    {"$[?length((@))==1]", 0, BAD, 10},
    {"$[?length(@==1]", 0, BAD, 11},
    {"$[?length(@]", 0, BAD, 11},
    {"$[?length(@,)==1]", 0, BAD, 12},
    {"$[?length(,@)==1]", 0, BAD, 10},
    {"$[?length", 0, BAD, 3},
    {"$[?length(", 0, BAD, 10},
    {"$[?Length(@)==1]", 0, BAD, 3},
    {"$[?lengths(@)==1]", 0, BAD, 3},
    {"$[?len(@)==1]", 0, BAD, 3},
    {"$[?_f(@)==1]", 0, BAD, 3},
    {"$[?f9_x(@)==1]", 0, BAD, 3},
    {"$[?@.length()==1]", 0, BAD, 11},
    {"$.length(@)", 0, BAD, 8},
    {"$[length(@)]", 0, BAD, 2},
};

static const jsonpath_row_t count[] = {
    {"$[?count(@.*)==2]", "[[1,2],{`a`:1,`b`:2},[1],5]", "[[1,2],{`a`:1,`b`:2}]", 0},
    {"$[?count(@..*)==3]", "[[1,[2]],[1]]", "[[1,[2]]]", 0},
    {"$[?count(@)==1]", "[1,[]]", "[1,[]]", 0},
    {"$[?count(@.a)==0]", "[{`a`:1},{}]", "[{}]", 0},
    {"$[?count(@['a','b'])>1]", "[{`a`:1,`b`:1},{`a`:1}]", "[{`a`:1,`b`:1}]", 0},
    {"$[?count(@['a','a'])==2]", "[{`a`:1}]", "[{`a`:1}]", 0},
    {"$[?count(@[?@>1])==2]", "[[1,2,3],[3]]", "[[1,2,3]]", 0},
    {"$[?count(@.*)==count($.ref.*)]", "{`ref`:[1,2],`x`:[3,4],`y`:[5]}", "[[1,2],[3,4]]", 0},
    {"$[?count($..*)>2]", "[1,2,3]", "[1,2,3]", 0},
    {"$[?count(@.*)]", 0, BAD, 3},
    {"$[?count()==1]", 0, BAD, 9},
    {"$[?count(1)==1]", 0, BAD, 9},
    {"$[?count('a')==1]", 0, BAD, 9},
    {"$[?count(true)==1]", 0, BAD, 9},
    {"$[?count(null)==1]", 0, BAD, 9},
    {"$[?count(length(@))==1]", 0, BAD, 9},
    {"$[?count(value(@.*))==1]", 0, BAD, 9},
    {"$[?count(@.a,@.b)==1]", 0, BAD, 13},
    {"$[?count((@.*))==1]", 0, BAD, 9},
    {"$[?count(@.*)==count(1)]", 0, BAD, 21},
};

static const jsonpath_row_t value[] = {
    {"$[?value(@.*)==1]", "[[1],[1,1],[2],{`a`:1},1]", "[[1],{`a`:1}]", 0},
    {"$[?value(@..id)==5]", "[{`a`:{`id`:5}},{`id`:5,`b`:{`id`:5}}]", "[{`a`:{`id`:5}}]", 0},
    {"$[?value(@.a)==value(@.b)]", "[{},{`a`:1},{`a`:1,`b`:1}]", "[{},{`a`:1,`b`:1}]", 0},
    {"$[?value(@.a)==null]", "[{`a`:null},{}]", "[{`a`:null}]", 0},
    {"$[?value($..limit)<=@.n]", "{`limit`:3,`x`:{`n`:2},`y`:{`n`:3}}", "[{`n`:3}]", 0},
    {"$[?match(value(@..s),'a')]", "[{`x`:{`s`:`a`}},{`s`:`b`}]", "[{`x`:{`s`:`a`}}]", 0},
    {"$[?value(@.*)]", 0, BAD, 3},
    {"$[?value()==1]", 0, BAD, 9},
    {"$[?value(1)==1]", 0, BAD, 9},
    {"$[?value(@.a,1)==1]", 0, BAD, 13},
};

static const jsonpath_row_t match[] = {
    {"$[?match(@,'a.c')]", "[`abc`,`xabc`,`abcx`,`ac`,5,null,[`abc`]]", "[`abc`]", 0},
    {"$[?match(@.s,'[a-c]+')]", "[{`s`:`abc`},{`s`:`abd`},{}]", "[{`s`:`abc`}]", 0},
    {"$[?!match(@,'a')]", "[`a`,`b`,1]", "[`b`,1]", 0},
    {"$[?match(@,'a|bc')]", "[`a`,`bc`,`ac`,`abc`]", "[`a`,`bc`]", 0},
    {"$[?match(@,'')]", "[``,`a`]", "[``]", 0},
    {"$[?match(@,'.')]", "[`a`,`\\n`,`\\r`,`\xe2\x80\xa8`,`\xf0\x9f\x98\x80`,`\\t`,`ab`]",
     "[`a`,`\xe2\x80\xa8`,`\xf0\x9f\x98\x80`,`\\t`]", 0},
    {"$[?match(@,'a')]", "[`a\\n`,`a`]", "[`a`]", 0},
    {"$[?match(@,'a$')]", "[`a\\n`,`a`]", "[`a`]", 0},
    {"$[?match(@,'^a$')]", "[`a`,`^a$`]", "[`a`]", 0},
    {"$[?match(@,'A')]", "[`a`,`A`]", "[`A`]", 0},
    {"$[?match(@,'\\\\p{Lu}+')]", "[`AB`,`\xc3\x84`,`a`,`1`]", "[`AB`,`\xc3\x84`]", 0},
    {"$[?match(@,'\\\\P{L}')]", "[`1`,`a`]", "[`1`]", 0},
    {"$[?match(@,'[\\\\p{Nd}x]')]", "[`1`,`x`,`y`]", "[`1`,`x`]", 0},
    {"$[?match(@,'[.]')]", "[`.`,`a`]", "[`.`]", 0},
    {"$[?match(@,'\\\\.')]", "[`.`,`a`]", "[`.`]", 0},
    {"$[?match(@,'[^.]')]", "[`.`,`a`]", "[`a`]", 0},
    {"$[?match(@,'[\\\\]]')]", "[`]`,`\\\\`]", "[`]`]", 0},
    {"$[?match(@,'[^\\\\n]')]", "[`a`,`\\n`]", "[`a`]", 0},
    {"$[?match(@,'\\\\\\\\.')]", "[`\\\\x`,`.`,`x`]", "[`\\\\x`]", 0},
    {"$[?match(@,'(ab)*')]", "[``,`abab`,`aba`]", "[``,`abab`]", 0},
    {"$[?match(@,'a{2}')]", "[`a`,`aa`,`aaa`]", "[`aa`]", 0},
    {"$[?match(@,'a{2,}')]", "[`a`,`aa`,`aaa`]", "[`aa`,`aaa`]", 0},
    {"$[?match(@,'a{0,1}')]", "[``,`a`,`aa`]", "[``,`a`]", 0},
    {"$[?match(@,@)]", "[`a`,`a+`,`[`]", "[`a`]", 0},
    {"$.r[?match(@.s,@.p)]", "{`r`:[{`s`:`ab`,`p`:`a.`},{`s`:`ab`,`p`:`b`},{`s`:`a`,`p`:1}]}",
     "[{`s`:`ab`,`p`:`a.`}]", 0},
    {"$.r[?match(@,$.p)]", "{`r`:[`ab`,`b`],`p`:`a.`}", "[`ab`]", 0},
    {"$.r[?match(@,$.p)||search(@,$.p)]", "{`r`:[`xab`,`b`],`p`:`a.`}", "[`xab`]", 0},
    {"$[?match('abc','a.*')]", "[1]", "[1]", 0},
    {"$[?match(1,'1')]", "[1]", "[]", 0},
    {"$[?match(@,1)]", "[`1`]", "[]", 0},
    {"$[?match(@,null)]", "[`null`]", "[]", 0},
    {"$[?match( @ , 'a' )]", "[`a`]", "[`a`]", 0},
    {"$[?match(@,'a')&&@]", "[`a`]", "[`a`]", 0},
    {"$[?(match(@,'a'))]", "[`a`]", "[`a`]", 0},
    {"$[?match(@,'a')==true]", 0, BAD, 3},
    {"$[?true==match(@,'a')]", 0, BAD, 9},
    {"$[?match(@)]", 0, BAD, 10},
    {"$[?match()]", 0, BAD, 9},
    {"$[?match(@,'a','b')]", 0, BAD, 15},
    {"$[?match(@.*,'a')]", 0, BAD, 9},
    {"$[?match(@,$..p)]", 0, BAD, 11},
    {"$[?match(@,search(@,'a'))]", 0, BAD, 11},
    {"$[?match (@,'a')]", 0, BAD, 3},
    {"$[?match(@ 'a')]", 0, BAD, 11},
};

static const jsonpath_row_t search[] = {
    {"$[?search(@,'b')]", "[`abc`,`b`,`a`,5]", "[`abc`,`b`]", 0},
    {"$[?search(@,'a.c')]", "[`xabcx`,`a\\nc`,`a\\rc`]", "[`xabcx`]", 0},
    {"$[?search(@,'')]", "[``,`a`,1]", "[``,`a`]", 0},
    {"$[?search(@,'^b')]", "[`ab`,`ba`]", "[`ba`]", 0},
    {"$[?search(@,'b$')]", "[`ab`,`ba`]", "[`ab`]", 0},
    {"$[?search(@,'a|b')]", "[`xbx`,`c`]", "[`xbx`]", 0},
    {"$[?search(@,'\\\\p{Sc}')]", "[`5 \xe2\x82\xac`,`5 EUR`]", "[`5 \xe2\x82\xac`]", 0},
    {"$[?!search(@,'a')]", "[`a`,`b`]", "[`b`]", 0},
    {"$[?search(@.n,'CPU (high|low)')]", "[{`n`:`CPU high!`},{`n`:`CPU`}]", "[{`n`:`CPU high!`}]",
     0},
    {"$[?search(@,@)]", "[`a`]", "[`a`]", 0},
    {"$[?search(@,'a')==true]", 0, BAD, 3},
    {"$[?search(@)]", 0, BAD, 11},
    {"$[?search(@,'a','b')]", 0, BAD, 16},
};

/* None of these is an I-Regexp: nothing matches, and it is no error. */
static const char *const not_iregexp[] = {
    "\\\\d",       "\\\\w",        "\\\\s",        "\\\\b",   "\\\\1",    "(?:a)",     "(?=a)",
    "(?i)a",       "a**",          "a+?",          "a*+",     "*a",       "+",         "(",
    ")",           "(a",           "a)",           "[",       "[a",       "]",         "{",
    "}",           "a{",           "a{,2}",        "a{2",     "a{x}",     "a{2}{3}",   "[]",
    "[^]",         "[b-a]",        "[a-\\\\p{L}]", "[[a]]",   "[a-b-c]",  "\\\\p",     "\\\\p{Lx}",
    "\\\\pL",      "\\\\p{Greek}", "\\\\p{L",      "\\\\x41", "\\\\",     "|*",        "(*a)",
    "[:alpha:]+[", "\\\\a",        "\\\\Qa\\\\E",  "a{2,1}",  "a{70000}", "\\\\p{Cs}", "\\\\u0041",
    "\\\\e",       "(?#c)",        "\\\\K",        "\\\\R",   "^*",       "(|*)",      "\\\\N",
};

static void
check_not_iregexp(apr_pool_t *p)
{
    jsonpath_row_t row = {.document = "[`a`,`1`,` `,``,`A`,`d`,`\\\\`]", .result = "[]"};

    for (size_t i = 0; i < sizeof(not_iregexp) / sizeof(not_iregexp[0]); i++) {
        row.path = apr_psprintf(p, "$[?match(@,'%s')]", not_iregexp[i]);
        check_row(&row, HW_PATH_RFC, p);
        row.path = apr_psprintf(p, "$[?search(@,'%s')]", not_iregexp[i]);
        check_row(&row, HW_PATH_RFC, p);
    }
}

/* The same patterns from the document: not matching either. */
static void
check_not_iregexp_values(apr_pool_t *p)
{
    jsonpath_row_t row = {.path = "$.s[?match(@,$.p)||search(@,$.p)]", .result = "[]"};

    for (size_t i = 0; i < sizeof(not_iregexp) / sizeof(not_iregexp[0]); i++) {
        row.document = apr_psprintf(p, "{`p`:`%s`,`s`:[`a`,`1`,``,` `]}", not_iregexp[i]);
        check_row(&row, HW_PATH_RFC, p);
    }
}

int
main(void)
{
    apr_pool_t *p = tap_start();

    CHECK_TABLE(length, HW_PATH_RFC, p);
    CHECK_TABLE(count, HW_PATH_RFC, p);
    CHECK_TABLE(value, HW_PATH_RFC, p);
    CHECK_TABLE(match, HW_PATH_RFC, p);
    CHECK_TABLE(search, HW_PATH_RFC, p);
    check_not_iregexp(p);
    check_not_iregexp_values(p);
    return tap_done();
}
