namespace Writ.Cedar;

/// <summary>What one rule is to the decisions of its set. The default claims nothing.</summary>
public enum RuleUse
{
    /// <summary>Not decided within the limits.</summary>
    Undecided,

    /// <summary>Some decision depends on it.</summary>
    InUse,

    /// <summary>No request satisfies it.</summary>
    Dead,

    /// <summary>A permit that applies only where a forbid does too.</summary>
    Overridden,

    /// <summary>Another rule of the same effect applies wherever it does.</summary>
    Covered,

    /// <summary>No decision depends on it, because of several other rules.</summary>
    Redundant,
}
