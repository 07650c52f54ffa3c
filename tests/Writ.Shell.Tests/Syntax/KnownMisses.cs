namespace Writ.Shell.Tests.Syntax;

/// <summary>The vectors whose tree differs, each with its reason. They are listed in <c>docs/scores.md</c> too; a vector
/// that begins to differ, or to agree, fails the test until both say so.</summary>
static class KnownMisses
{
    const string FunctionSubstitution =
        "${ command; } is of bash 5.3. Bash 5.2 refuses it when it runs; here it is an unknown expansion with its raw text.";

    const string NewerGrammar = "`!&` is of bash 5.3. Bash 5.2 rejects it, and so does this.";

    const string UnknownExpansion =
        "An expansion that bash refuses when it runs. Bash has replaced quotes in its text by then; here it stays raw.";

    const string LastBackslash =
        "A here-document that ends the source with a backslash: bash leaves out the last new line, here it is added.";

    const string SplitVector = "The vector was split where a line ends, and an empty line between \\r and \\v is lost.";

    public static readonly IReadOnlyDictionary<string, string> ByName = new Dictionary<string, string>
    {
        ["corpus/oils/misc.tests: ${ echo hi;}"] = FunctionSubstitution,
        ["corpus/oils/misc.tests: for loop / case"] = FunctionSubstitution,
        ["corpus/oils/misc.tests: $'' supports \\cA escape for Ctrl-A - mask with 0x1f"] = SplitVector,
        ["parable/character-fuzzer/fuzz-1260.tests: brace cmdsub preserves trailing newline"] = FunctionSubstitution,
        ["parable/character-fuzzer/fuzz-14280.tests: negation before background operator"] = NewerGrammar,
        ["parable/character-fuzzer/fuzz-16651.tests: newlines at param expansion boundaries become spaces"] = FunctionSubstitution,
        ["parable/character-fuzzer/fuzz-3a1593e4d8c11125ae54fad8ed089214.tests: dollar sign before double quote inside parameter expansion"] = UnknownExpansion,
        ["parable/character-fuzzer/fuzz-4323443f11c6be314d48e177f2cafa11.tests: redirect operator in brace expansion body"] = FunctionSubstitution,
        ["parable/character-fuzzer/fuzz-49c4f13511bdb2faf7ded4363a63dd80.tests: dollar single quote inside parameter expansion"] = UnknownExpansion,
        ["parable/character-fuzzer/fuzz-5.tests: trailing backslash at EOF in heredoc"] = LastBackslash,
        ["parable/character-fuzzer/fuzz-5283.tests: brace cmdsub with trailing background"] = FunctionSubstitution,
        ["parable/character-fuzzer/fuzz-838b7aee482acfa46ebbe561ce8b8583.tests: single-quoted string inside parameter expansion in double quotes"] = UnknownExpansion,
        ["parable/character-fuzzer/fuzz-8760.tests: brace command substitution with tab whitespace"] = FunctionSubstitution,
        ["parable/character-fuzzer/fuzz-a42b1f014d8cb7531d0c37b3aa5f835f.tests: ANSI-C quote after @% in double-quoted param expansion loses quotes"] = UnknownExpansion,
        ["parable/character-fuzzer/fuzz-b459843381c6db6e514d143ffb74235f.tests: pattern operator after non-variable char in double-quoted parameter expansion"] = UnknownExpansion,
        ["parable/character-fuzzer/fuzz-b9f3ed36efbedbc8cb77a8891462263a.tests: process substitution pipeline in parameter expansion"] = UnknownExpansion,
        ["parable/character-fuzzer/fuzz-cb351b31c782a6f83d9eec6615c0413e.tests: ANSI-C quoting inside parameter expansion"] = UnknownExpansion,
        ["parable/character-fuzzer/fuzz-f0b0d4c235c93a2770170d791de7e4eb.tests: process substitution with pipe inside parameter expansion"] = UnknownExpansion,
        ["parable/character-fuzzer/fuzz-f3820e3386363558772d52f8616a94ff.tests: dollar-single-quote in parameter expansion pattern should be literal"] = UnknownExpansion,
        ["parable/character-fuzzer/fuzz-funsub-tab-error.tests: funsub with tab trigger requires valid command"] = FunctionSubstitution,
    };
}
