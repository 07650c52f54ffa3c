namespace Writ.Cedar;

/// <summary>
/// The answer to a question about all requests. Member 0 of no enumeration: a closed family, of which only
/// <see cref="Yes"/> and <see cref="No"/> are certain.
/// </summary>
public abstract record Finding
{
    Finding()
    {
    }

    /// <summary>There is such a request: this one. It was decided by the evaluator, so it is never a false alarm.</summary>
    public sealed record Yes(Witness Witness) : Finding;

    /// <summary>There is no such request: every case was excluded.</summary>
    public sealed record No : Finding;

    /// <summary>No such request was found, and there may be one; why the search is not complete.</summary>
    public sealed record Bounded(string Why) : Finding;
}

/// <summary>A request with its entities. The answers are those of the policy sets of the question, in its order.</summary>
public sealed record Witness(Request Request, EntityStore Entities, IReadOnlyList<Answer> Answers)
{
    /// <summary>In words a reviewer can check: the request, and the entities that were made up for it.</summary>
    public override string ToString()
    {
        var text = new System.Text.StringBuilder()
            .Append(Request.Principal).Append(", ").Append(Request.Action).Append(", ").Append(Request.Resource)
            .Append(", context ").Append(Request.Context);
        foreach (var entity in Entities.Entities)
        {
            if (!entity.Uid.Equals(Request.Principal) && !entity.Uid.Equals(Request.Resource))
                continue;
            text.Append('\n').Append(entity.Uid).Append(' ').Append(entity.Attributes);
            if (!entity.Parents.IsEmpty)
                text.Append(" in ").AppendJoin(", ", entity.Parents);
        }
        return text.ToString();
    }
}
