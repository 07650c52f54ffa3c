namespace Writ.Findings;

/// <summary>What sort of thing a finding is. Member 0 is what belongs to none of the others.</summary>
public enum FindingKind
{
    /// <summary>The control plane met something that it has no better word for.</summary>
    Fault,

    /// <summary>One credential, account or identity serves several environments.</summary>
    SharedCredential,

    /// <summary>A secret that lives longer than any run lies where an agent can read it.</summary>
    LeakedSecret,

    /// <summary>Something was granted and not used for longer than the realm says.</summary>
    UnusedPrivilege,

    /// <summary>An agent may work, and nobody who is still here answers for it.</summary>
    Unowned,

    /// <summary>A credential or key is older than the realm says.</summary>
    OverdueRotation,

    /// <summary>A credential was still there when its task was over.</summary>
    OutlivedCredential,

    /// <summary>Two accounts of what happened do not agree.</summary>
    Disagreement,
}

/// <summary>The words by which documents, policies and people know kinds.</summary>
public static class FindingKinds
{
    static readonly ImmutableArray<(FindingKind Kind, string Word)> _words =
    [
        (FindingKind.Fault, "fault"), (FindingKind.SharedCredential, "shared-credential"),
        (FindingKind.LeakedSecret, "leaked-secret"), (FindingKind.UnusedPrivilege, "unused-privilege"),
        (FindingKind.Unowned, "unowned"), (FindingKind.OverdueRotation, "overdue-rotation"),
        (FindingKind.OutlivedCredential, "outlived-credential"), (FindingKind.Disagreement, "disagreement"),
    ];

    public static ImmutableArray<string> Words { get; } = [.. _words.Select(w => w.Word)];

    public static string Word(FindingKind kind) => _words.First(w => w.Kind == kind).Word;

    /// <summary>Null for a word that names no kind.</summary>
    public static FindingKind? Of(string word)
    {
        foreach (var known in _words)
            if (known.Word == word)
                return known.Kind;
        return null;
    }
}
