namespace Writ.Cedar;

/// <summary>
/// How far an analysis goes. Where it stops because of one of these, its finding is <see cref="Finding.Bounded"/> and
/// names it; it never says no.
/// </summary>
public static class AnalysisLimits
{
    /// <summary>
    /// Kinds of request (action, with a schema also the types of principal and resource) of one question.
    /// </summary>
    public const int EnvironmentsMax = 5_000;

    /// <summary>Policies of all sets of a question, times kinds of request.</summary>
    public const long PoliciesTimesEnvironmentsMax = 2_000_000;

    /// <summary>Rules of which one report is made. Of a larger set, ask for single rules.</summary>
    public const int RulesMax = 300;

    /// <summary>
    /// Answers looked at while values are sought for one kind of request, and as many clauses while combinations are.
    /// </summary>
    public const long StepsMax = 20_000_000;

    /// <summary>Comparisons and other conditions about one kind of request.</summary>
    public const int ConditionsMax = 20_000;

    /// <summary>Contradictions met while one kind of request is searched.</summary>
    public const int ConflictsMax = 50_000;

    /// <summary>Candidate requests of one kind that were thought of and turned out to be impossible.</summary>
    public const int RoundsMax = 5_000;

    /// <summary>Variations of one candidate that are tried where conditions are not understood.</summary>
    public const int VariationsMax = 300;

    /// <summary>Candidates of one kind that are given up although they may be possible in another way.</summary>
    public const int GivenUpMax = 40;

    /// <summary>Questions about one place that are held against each other before anything is searched.</summary>
    public const int RelatedMax = 1_000;

    /// <summary>States in which a search for a text among patterns may be.</summary>
    public const int PatternStatesMax = 5_000;

    /// <summary>Members of a set that is searched for within other sets.</summary>
    public const int SubsetMembersMax = 12;

    /// <summary>Steps from an entity to a container that a schema puts further types between.</summary>
    public const int ParentStepsMax = 16;
}
