using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// Lists what may be done. What is certainly denied is left out. The policies are reduced once for a principal and an
/// action, and what is left of them is asked for each resource.
/// </summary>
public static class PowerListing
{
    public static ParseResult<PowerList> List(PolicySet policies, PartialEntities entities, PowerQuery query)
    {
        var combinations = (long)query.Principals.Length * query.Actions.Length * query.Resources.Length;
        if (combinations > CedarLimits.PowersMax)
        {
            var limit = FormattableString.Invariant($"at most {CedarLimits.PowersMax} combinations");
            var found = FormattableString.Invariant($"{combinations}");
            return new ParseResult<PowerList>([new ParseError("cedar.limit.powers", default, limit, found)]);
        }
        var powers = ImmutableArray.CreateBuilder<Power>();
        foreach (var principal in query.Principals)
            foreach (var action in query.Actions)
                if (MayPrincipal(query.Schema, action, principal))
                    List(policies, entities, query, principal, action, powers);
        return new ParseResult<PowerList>(new PowerList(powers.DrainToImmutable()));
    }

    static void List(
        PolicySet policies, PartialEntities entities, PowerQuery query, EntityUid principal, EntityUid action,
        ImmutableArray<Power>.Builder powers)
    {
        var request = new PartialRequest(
            PartialEntity.Known(principal), PartialEntity.Known(action), PartialEntity.Unknown, query.Context)
        {
            Schema = query.Schema,
        };
        var reduced = PartialAuthorizer.Decide(policies, request, entities);
        if (reduced.Decision == Decision.Deny)
            return;
        foreach (var resource in query.Resources)
        {
            if (!MayResource(query.Schema, action, resource))
                continue;
            var answer = PartialAuthorizer.Decide(
                reduced.Residual, request with { Resource = PartialEntity.Known(resource) }, entities);
            if (answer.Decision != Decision.Deny)
                powers.Add(new Power(principal, action, resource, answer));
        }
    }

    static bool MayPrincipal(CedarSchema? schema, EntityUid action, EntityUid principal) =>
        schema is null
        || (schema.TryGetAction(action, out var declaration) && declaration.PrincipalTypes.Contains(principal.Type));

    static bool MayResource(CedarSchema? schema, EntityUid action, EntityUid resource) =>
        schema is null
        || (schema.TryGetAction(action, out var declaration) && declaration.ResourceTypes.Contains(resource.Type));
}
