using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>A line of shell that a program runs because of code it is given.</summary>
/// <param name="Via">What runs it, such as <c>psql \!</c>.</param>
public sealed record InnerLine(string Via, string Line);

/// <summary>What is found in a word, or an input, that is code of a small language.</summary>
/// <param name="Paths">As the command sees them.</param>
sealed record InnerFindings(
    PathView Paths, List<ProgramEffect> Effects, List<UnknownPart> Unknown, List<InnerLine> Lines)
{
    public void Add(string verb, string effectObject) => Effects.Add(ProgramEffect.Of(verb, effectObject));

    /// <summary>On what the session is for, whatever the verb usually reaches.</summary>
    public void AddOnTarget(string verb, string effectObject) =>
        Effects.Add(new ProgramEffect(verb, effectObject, EffectReach.Target));

    public void Doubt(string where, string why) => Unknown.Add(new UnknownPart(where, why));

    /// <summary>A file of this machine.</summary>
    public void Touch(WordRole role, string path) =>
        Paths.Add(role, ResolvedArgument.Known(path), Effects, Unknown);

    /// <summary>Code that runs and is not looked into.</summary>
    public void Refuse(string where, string why)
    {
        Add(KnownVerbs.Unknown, where);
        Doubt(where, why);
    }
}
