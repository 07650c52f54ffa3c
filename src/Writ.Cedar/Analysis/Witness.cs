using System.Text;

namespace Writ.Cedar;

/// <summary>
/// A request with its entities. The answers are those of the policy sets of the question, in its order.
/// </summary>
public sealed record Witness(Request Request, EntityStore Entities, IReadOnlyList<Answer> Answers)
{
    /// <summary>In words a reviewer can check: the request, and the entities that were made up for it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder()
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
