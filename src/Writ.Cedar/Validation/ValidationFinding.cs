namespace Writ.Cedar;

/// <summary>
/// One thing that validation has to say about one policy: a stable <see cref="Code"/> of <see cref="ValidationCodes"/>,
/// where, what, and where possible what to do about it. The message quotes the policy and the schema.
/// </summary>
public sealed record ValidationFinding(
    string Code, string PolicyId, SourcePosition Position, string Message, string? Hint = null, string? FileName = null)
{
    /// <summary>
    /// The line it stands in, of Cedar or JSON, at most 100 characters of it and each of them visible, and a mark under
    /// the place. As confidential as the policy.
    /// </summary>
    public string? Excerpt { get; init; }

    /// <summary>One line in the form compilers use: <c>file:line:column: policy: message; hint [code]</c>.</summary>
    public override string ToString()
    {
        var file = FileName is null ? "" : FileName + ":";
        var place = Position.IsKnown ? Position + ":" : "";
        var start = file.Length + place.Length == 0 ? "" : $"{file}{place} ";
        var hint = Hint is null ? "" : $"; {Hint}";
        return $"{start}{PolicyId}: {Message}{hint} [{Code}]";
    }
}
