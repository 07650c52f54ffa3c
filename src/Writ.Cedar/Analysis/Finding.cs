namespace Writ.Cedar;

/// <summary>
/// The answer to a question about all requests: a closed family, of which only <see cref="Yes"/> and <see cref="No"/>
/// are certain.
/// </summary>
public abstract record Finding
{
    Finding()
    {
    }

    /// <summary>
    /// There is such a request: this one. It was decided by the evaluator, so it is never a false alarm.
    /// </summary>
    public sealed record Yes(Witness Witness) : Finding;

    /// <summary>There is no such request: every case was excluded.</summary>
    public sealed record No : Finding;

    /// <summary>No such request was found, and there may be one; why the search is not complete.</summary>
    public sealed record Bounded(string Why) : Finding;
}
