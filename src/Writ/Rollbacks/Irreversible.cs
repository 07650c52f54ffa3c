using Writ.Requests;
using Writ.Workflows;

namespace Writ.Rollbacks;

/// <summary>
/// What no command takes back, however well it is written: said to whoever approves. What is not listed here may still
/// be hard to undo; what is listed cannot be.
/// </summary>
public static class Irreversible
{
    /// <summary>Why an effect cannot be undone, or null where it can be in principle.</summary>
    /// <param name="tierMin">At T3 what is deleted in the work tree is held back and can be undone.</param>
    public static string? Why(Effect effect, Tier? tierMin) => effect.Verb switch
    {
        Verbs.FsDelete or Verbs.FsPurge when tierMin == Tier.T3 && effect.Target is null => null,
        Verbs.FsPurge => "a whole folder is gone, with whatever was not saved elsewhere",
        Verbs.InfraDelete => "what is destroyed is gone with its data",
        Verbs.RepoDelete => "history that is deleted may be nowhere else",
        Verbs.NetConnect => "what is sent cannot be called back",
        Verbs.CodeFetch => "what was fetched has run",
        Verbs.SecretRead => "whoever has read a secret knows it",
        Verbs.ServiceWrite => "what others have received or acted on stays with them",
        Verbs.PackageInstall => "installing runs scripts of others",
        Verbs.ProcessSignal => "what a process had not saved is gone",
        Verbs.CodeRun or Verbs.Unknown => "nobody can say what it does, so nobody can say that it can be undone",
        _ => null,
    };
}
