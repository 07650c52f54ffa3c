using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>Words that are code of a small language with few ways out of it.</summary>
static class InnerCode
{
    public static void Judge(
        WordRole role, ResolvedArgument word, PathView paths, List<ProgramEffect> effects, List<UnknownPart> unknown)
    {
        if (word.Value is not { } code)
        {
            unknown.Add(new UnknownPart(word.Text, "what this code does is not known"));
            effects.Add(ProgramEffect.Of(KnownVerbs.CodeRun, word.Text));
            return;
        }
        switch (role)
        {
            case WordRole.Sql:
                SqlCode.Judge(code, effects, unknown);
                break;
            case WordRole.Jq:
                JqCode.Judge(code, effects, unknown);
                break;
            case WordRole.Sed:
                SedCode.Judge(code, paths, effects, unknown);
                break;
            case WordRole.Awk when !AwkCode.IsHarmless(code):
                effects.Add(ProgramEffect.Of(KnownVerbs.CodeRun, code));
                CodeHints.Add(code, paths, effects);
                unknown.Add(new UnknownPart(code, "this code of awk may run, write or read more than its input"));
                break;
        }
    }
}
