using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>Words that are code of a small language with few ways out of it.</summary>
static class InnerCode
{
    /// <param name="program">Whose word it is.</param>
    /// <param name="isInput">True when it is what the program reads, and not a word of the command.</param>
    public static void Judge(
        WordRole role, ResolvedArgument word, string program, bool isInput, InnerFindings found)
    {
        if (word.Value is not { } code)
        {
            found.Doubt(word.Text, "what this code does is not known");
            found.Add(KnownVerbs.CodeRun, word.Text);
            return;
        }
        switch (role)
        {
            case WordRole.Sql:
                SqlCode.Judge(code, program, isInput, found);
                break;
            case WordRole.Output when code.StartsWith('|'):
                found.Add(KnownVerbs.CodeRun, code);
                found.Lines.Add(new InnerLine(program, code[1..]));
                break;
            case WordRole.Output:
                found.Touch(WordRole.Writes, code);
                break;
            case WordRole.Jq:
                JqCode.Judge(code, found.Effects, found.Unknown);
                break;
            case WordRole.Sed:
                SedCode.Judge(code, found.Paths, found.Effects, found.Unknown);
                break;
            case WordRole.Awk when !AwkCode.IsHarmless(code):
                found.Add(KnownVerbs.CodeRun, code);
                CodeHints.Add(code, found.Paths, found.Effects);
                found.Doubt(code, "this code of awk may run, write or read more than its input");
                break;
        }
    }
}
