namespace Writ.Cedar;

/// <summary>
/// One thing that is allowed, always or under conditions: see <see cref="PartialAnswer.Decision"/>, and
/// <see cref="Requirements.Of"/> for the conditions.
/// </summary>
public sealed record Power(EntityUid Principal, EntityUid Action, EntityUid Resource, PartialAnswer Answer);
