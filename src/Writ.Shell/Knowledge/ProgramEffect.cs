namespace Writ.Shell.Knowledge;

/// <summary>Where an effect takes place.</summary>
public enum EffectReach
{
    /// <summary>On what the session is for: a cluster, a service, a host. The stricter one.</summary>
    Target,

    /// <summary>In the files of this machine.</summary>
    Files,
}

/// <summary>One thing a command would do, before it is known which target is meant.</summary>
/// <param name="Verb">A verb of the policies' schema, such as <c>fs.read</c>.</param>
/// <param name="Object">What it is done to: a path, an address, a package, the words of the command.</param>
/// <param name="Reach">Where.</param>
/// <param name="Scope">Which part of a platform it is on; null for what is on none.</param>
public readonly record struct ProgramEffect(
    string Verb, string Object, EffectReach Reach, EffectScope? Scope = null)
{
    /// <summary>An effect with the reach that its verb has unless data say otherwise.</summary>
    public static ProgramEffect Of(string verb, string effectObject) => new(verb, effectObject, UsualReach(verb));

    /// <summary>What is of files, of the repository on disk and of packages stays here; all else reaches
    /// targets.</summary>
    public static EffectReach UsualReach(string verb) =>
        verb.StartsWith("fs.", StringComparison.Ordinal) || verb.StartsWith("code.", StringComparison.Ordinal)
        || verb is KnownVerbs.SecretRead or "repo.read" or "repo.delete" or "package.install"
            ? EffectReach.Files
            : EffectReach.Target;
}

/// <summary>Something about a command that is not known.</summary>
/// <param name="Where">The program, option or word.</param>
/// <param name="Why">For people.</param>
public sealed record UnknownPart(string Where, string Why);
