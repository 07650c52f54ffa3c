namespace Writ.Shell.Tests.Syntax;

/// <summary>The vectors whose tree differs, each with its reason. They are listed in <c>docs/scores.md</c> too; a
/// vector that begins to differ, or to agree, fails the test until both say so.</summary>
static class KnownMisses
{
    const string FunctionSubstitution =
        "${ command; } is of bash 5.3. Bash 5.2 refuses it when it runs; here it is an unknown expansion.";

    const string NewerGrammar = "`!&` is of bash 5.3. Bash 5.2 rejects it, and so does this.";

    const string UnknownExpansion =
        "An expansion that bash refuses when it runs. Bash has replaced quotes in its text by then; here it stays raw.";

    const string LastBackslash =
        "A here-document that ends the source with a backslash: bash leaves out the last new line, here it is added.";

    const string SplitVector = "The vector was split where a line ends, and an empty line between \\r and \\v is lost.";

    public static readonly IReadOnlyDictionary<string, string> ByKey = new Dictionary<string, string>
    {
        ["${ echo hi;}"] = FunctionSubstitution,
        ["for loop / case"] = FunctionSubstitution,
        ["$'' supports \\cA escape for Ctrl-A - mask with 0x1f"] = SplitVector,
        ["fuzz-1260"] = FunctionSubstitution,
        ["fuzz-14280"] = NewerGrammar,
        ["fuzz-16651"] = FunctionSubstitution,
        ["fuzz-3a1593e4d8c11125ae54fad8ed089214"] = UnknownExpansion,
        ["fuzz-4323443f11c6be314d48e177f2cafa11"] = FunctionSubstitution,
        ["fuzz-49c4f13511bdb2faf7ded4363a63dd80"] = UnknownExpansion,
        ["fuzz-5"] = LastBackslash,
        ["fuzz-5283"] = FunctionSubstitution,
        ["fuzz-838b7aee482acfa46ebbe561ce8b8583"] = UnknownExpansion,
        ["fuzz-8760"] = FunctionSubstitution,
        ["fuzz-a42b1f014d8cb7531d0c37b3aa5f835f"] = UnknownExpansion,
        ["fuzz-b459843381c6db6e514d143ffb74235f"] = UnknownExpansion,
        ["fuzz-b9f3ed36efbedbc8cb77a8891462263a"] = UnknownExpansion,
        ["fuzz-cb351b31c782a6f83d9eec6615c0413e"] = UnknownExpansion,
        ["fuzz-f0b0d4c235c93a2770170d791de7e4eb"] = UnknownExpansion,
        ["fuzz-f3820e3386363558772d52f8616a94ff"] = UnknownExpansion,
        ["fuzz-funsub-tab-error"] = FunctionSubstitution,
    };
}
