using Writ.Shell.Resolving;
using Writ.Shell.Syntax;

namespace Writ.Shell.Knowledge;

/// <summary>The files, and the machines, that redirections reach.</summary>
static class RedirectionEffects
{
    public static void Add(
        ResolvedRedirection redirection, bool isSilent, PathView paths, List<ProgramEffect> effects,
        List<UnknownPart> unknown)
    {
        var target = redirection.Target;
        var text = target.Value ?? target.Prefix;
        switch (redirection.Operator)
        {
            case RedirectionOperator.HereDocument or RedirectionOperator.HereDocumentTabless
                or RedirectionOperator.HereString:
                return;
            case RedirectionOperator.DuplicateInput or RedirectionOperator.DuplicateOutput when IsDescriptor(target):
                return;
        }
        // To bash these are no files.
        if (text.StartsWith("/dev/tcp/", StringComparison.Ordinal)
            || text.StartsWith("/dev/udp/", StringComparison.Ordinal))
        {
            effects.Add(ProgramEffect.Of(KnownVerbs.NetConnect, target.Value ?? target.Text));
            return;
        }
        if (redirection.Operator is RedirectionOperator.Read or RedirectionOperator.DuplicateInput
            or RedirectionOperator.ReadWrite)
            paths.Add(WordRole.Reads, target, effects, unknown);
        if (redirection.Operator is not (RedirectionOperator.Read or RedirectionOperator.DuplicateInput))
            paths.Add(
                isSilent && redirection.Operator is RedirectionOperator.Write or RedirectionOperator.WriteForced
                    ? WordRole.Empties
                    : WordRole.Writes,
                target, effects, unknown);
    }

    // `2>&1`, `>&-`, `<&3-`; of what is not known only a number is likely, and a file would be made of anything else.
    static bool IsDescriptor(ResolvedArgument target) =>
        target.Value is { Length: > 0 } text && (text == "-" || text.TrimEnd('-').All(char.IsAsciiDigit));
}
