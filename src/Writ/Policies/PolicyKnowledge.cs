using Writ.Realms;
using Writ.Requests;
using Writ.Sessions;
using Writ.Shell.Knowledge;

namespace Writ.Policies;

/// <summary>What programs do, by the policies that judge: a bundle may bring files of its own.</summary>
public static class PolicyKnowledge
{
    /// <summary>As an open session has it.</summary>
    public static ProgramKnowledge Of(RealmState realm, SessionId session) => realm.OpenSession(session) is { } open
        ? PinnedPolicies.Of(realm, open).Knowledge
        : ProgramKnowledge.Shipped;

    /// <summary>The files that the bundle of a verdict brings; empty when it brings none, or is kept no
    /// longer.</summary>
    public static ImmutableArray<PolicyFile> FilesOf(RealmState realm, Verdict verdict)
    {
        var bundle = verdict.PolicyDigest == realm.Registry.Policy.Digest
            ? realm.Registry.Policy
            : realm.Pinned.GetValueOrDefault(verdict.PolicyDigest);
        return bundle is null ? [] : [.. bundle.Source.Of(PolicyFileKind.Knowledge)];
    }

    /// <summary>From such files; what comes with Writ when there are none, or they cannot be read.</summary>
    public static ProgramKnowledge From(ImmutableArray<PolicyFile> files) => files.IsDefaultOrEmpty
        ? ProgramKnowledge.Shipped
        : PolicyBundle.Compile(new PolicySource(files)).Bundle?.Knowledge ?? ProgramKnowledge.Shipped;
}
