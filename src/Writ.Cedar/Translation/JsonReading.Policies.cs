using System.Collections.Immutable;
using System.Text.Json;

namespace Writ.Cedar;

/// <summary>A link as JSON has it, before its template is looked up, and where it stands.</summary>
sealed record JsonLink(string TemplateId, string NewId, SlotValues Slots, SourceText Source, int Start);

/// <summary>What a JSON document of policies holds, in its own order.</summary>
sealed record JsonPolicies(
    ImmutableArray<(string Id, PolicySyntax Syntax)> Policies,
    ImmutableArray<(string Id, PolicySyntax Syntax)> Templates,
    ImmutableArray<JsonLink> Links);

/// <summary>Cedar's JSON policy format: sets, policies, templates, links and scopes.</summary>
sealed partial class JsonReading
{
    CedarExperiments _experiments;

    /// <summary>Reads a policy set, or one policy or template, which then has the id <c>policy0</c>.</summary>
    public static ParseResult<JsonPolicies> ReadPolicies(
        ReadOnlyMemory<byte> json, string? fileName, CedarExperiments experiments) =>
        Read(json, fileName, (reading, root) => reading.Policies(root, experiments), CedarLimits.PolicyJsonDepthMax);

    /// <inheritdoc cref="ReadPolicies(ReadOnlyMemory{byte}, string?, CedarExperiments)"/>
    public static ParseResult<JsonPolicies> ReadPolicies(
        string json, string? fileName, CedarExperiments experiments) =>
        Read(json, fileName, (reading, root) => reading.Policies(root, experiments), CedarLimits.PolicyJsonDepthMax);

    JsonPolicies? Policies(JsonElement root, CedarExperiments experiments)
    {
        _experiments = experiments;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("effect", out _))
        {
            if (PolicyOf(root) is not { } only)
                return null;
            ImmutableArray<(string, PolicySyntax)> one = [("policy0", only)];
            return only.IsTemplate ? new JsonPolicies([], one, []) : new JsonPolicies(one, [], []);
        }
        const string Expected = "a policy set with staticPolicies, templates and templateLinks";
        if (Members(root, Expected, "staticPolicies", "templates", "templateLinks") is not { } members)
            return null;
        if (members is not [{ } statics, { } templates, { } links])
            return Fail<JsonPolicies>(Expected, "an object without one of them");
        if (Named(".staticPolicies", statics, areTemplates: false) is not { } policyList
            || Named(".templates", templates, areTemplates: true) is not { } templateList
            || Items(".templateLinks", links, "an array of links", Link) is not { } linkList)
            return null;
        return new JsonPolicies(policyList, templateList, linkList);
    }

    ImmutableArray<(string Id, PolicySyntax Syntax)>? Named(string step, JsonElement element, bool areTemplates)
    {
        _path.Add(step);
        if (element.ValueKind != JsonValueKind.Object)
        {
            Fail<string>("an object with a policy for each id", element);
            return null;
        }
        var list = ImmutableArray.CreateBuilder<(string, PolicySyntax)>();
        foreach (var member in element.EnumerateObject())
        {
            _path.Add(Step(member.Name));
            if (PolicyOf(member.Value) is not { } syntax)
                return null;
            if (syntax.IsTemplate != areTemplates)
            {
                Fail<string>(
                    areTemplates ? "a template, which has a slot" : "a policy without slots",
                    areTemplates ? "a policy without slots" : "a template");
                return null;
            }
            list.Add((member.Name, syntax));
            Leave();
        }
        Leave();
        return list.DrainToImmutable();
    }

    JsonLink? Link(JsonElement element)
    {
        const string Expected = "a link with templateId, newId and values";
        if (Members(element, Expected, "templateId", "newId", "values") is not { } members)
            return null;
        if (members is not [{ } templateId, { } newId, { } values])
            return Fail<JsonLink>(Expected, "an object without one of them");
        if (In(".templateId", templateId, Text) is not { } template || In(".newId", newId, Text) is not { } id)
            return null;
        _path.Add(".values");
        if (Members(values, "values for ?principal and ?resource", "?principal", "?resource") is not { } slots)
            return null;
        EntityUid? principal = null;
        EntityUid? resource = null;
        if (slots[0] is { } first && (principal = In("[\"?principal\"]", first, Uid)) is null)
            return null;
        if (slots[1] is { } second && (resource = In("[\"?resource\"]", second, Uid)) is null)
            return null;
        Leave();
        return new JsonLink(
            template, id, new SlotValues(principal, resource), _json.Source, _json.OffsetOf(element));
    }

    PolicySyntax? PolicyOf(JsonElement element)
    {
        const string Expected = "a policy with effect, principal, action, resource, conditions and perhaps annotations";
        var members = Members(
            element, Expected, "effect", "principal", "action", "resource", "conditions", "annotations");
        if (members is null)
            return null;
        if (members is not [{ } effectText, { } principalPart, { } actionPart, { } resourcePart, { } conditions, _])
            return Fail<PolicySyntax>(Expected, "an object without one of them");
        if (In(".effect", effectText, Text) is not { } effect)
            return null;
        if (effect is not ("permit" or "forbid"))
            return Fail<PolicySyntax>("the effect permit or forbid", Shown(effect));
        if (In(".principal", principalPart, part => ScopeOf(part, "?principal")) is not { } principal
            || In(".action", actionPart, ActionScopeOf) is not { } action
            || In(".resource", resourcePart, part => ScopeOf(part, "?resource")) is not { } resource
            || Items(".conditions", conditions, "an array of conditions", ConditionOf) is not { } bodies)
            return null;
        var annotations = ImmutableArray<(string Name, string? Value)>.Empty;
        if (members[5] is { } written)
        {
            if (AnnotationsOf(written) is not { } read)
                return null;
            annotations = read;
        }
        return new PolicySyntax(
            effect == "permit" ? Effect.Permit : Effect.Forbid, annotations, principal, action, resource, bodies,
            _experiments, _json.Source, _json.OffsetOf(element), _json.OffsetOf(element));
    }

    EntityScope? ScopeOf(JsonElement element, string slot)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("op", out var op)
            || op.ValueKind != JsonValueKind.String)
            return Fail<EntityScope>("a scope with an op", "something else");
        return op.GetString() switch
        {
            "All" or "all" => Members(element, "nothing besides op", "op") is null
                ? null
                : new EntityScope(ScopeOperator.Any, null, null, IsSlot: false, At(element)),
            "==" => ScopeEntity(element, ScopeOperator.Equal, null, slot),
            "in" => ScopeEntity(element, ScopeOperator.In, null, slot),
            "is" => ScopeIs(element, slot),
            var other => Fail<EntityScope>("one of the operators All, ==, in, is", Shown(other!)),
        };
    }

    EntityScope? ScopeIs(JsonElement element, string slot)
    {
        if (Members(element, "an entity_type and perhaps an in", "op", "entity_type", "in") is not { } members)
            return null;
        if (members[1] is not { } typeText)
            return Fail<EntityScope>("an entity_type", "a scope without");
        if (In(".entity_type", typeText, EntityTypeOf) is not { } type)
            return null;
        if (members[2] is not { } container)
            return new EntityScope(ScopeOperator.Is, type, null, IsSlot: false, At(element));
        return In(".in", container, part => ScopeEntity(part, ScopeOperator.IsIn, type, slot));
    }

    EntityScope? ScopeEntity(JsonElement element, ScopeOperator op, string? type, string slot)
    {
        const string Expected = "an entity or a slot";
        // The operator stands beside the entity, except inside of "in".
        var members = op == ScopeOperator.IsIn
            ? Members(element, Expected, "entity", "slot")
            : Members(element, Expected, "entity", "slot", "op");
        switch (members)
        {
            case null:
                return null;
            case [{ } entity, null, ..]:
                return In(".entity", entity, Uid) is { } uid
                    ? new EntityScope(op, type, uid, IsSlot: false, At(element))
                    : null;
            case [null, { } name, ..]:
                return In(".slot", name, text => Only(text, slot)) is not null
                    ? new EntityScope(op, type, null, IsSlot: true, At(element))
                    : null;
            default:
                return Fail<EntityScope>(Expected, "both or neither");
        }
    }

    ActionScope? ActionScopeOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("op", out var op)
            || op.ValueKind != JsonValueKind.String)
            return Fail<ActionScope>("a scope with an op", "something else");
        switch (op.GetString())
        {
            case "All" or "all":
                return Members(element, "nothing besides op", "op") is null
                    ? null
                    : new ActionScope(ScopeOperator.Any, [], At(element));
            case "==":
                if (Members(element, "an action as entity", "op", "entity") is not { } only)
                    return null;
                if (only[1] is not { } action)
                    return Fail<ActionScope>("an action as entity", "a scope without");
                return In(".entity", action, ActionOf) is { } uid
                    ? new ActionScope(ScopeOperator.Equal, [uid], At(element))
                    : null;
            case "in":
                return ActionsOf(element);
            case var other:
                return Fail<ActionScope>("one of the operators All, ==, in", Shown(other!));
        }
    }

    ActionScope? ActionsOf(JsonElement element)
    {
        const string Expected = "an action as entity, or several as entities";
        switch (Members(element, Expected, "op", "entity", "entities"))
        {
            case null:
                return null;
            case [_, { } group, null]:
                return In(".entity", group, ActionOf) is { } uid
                    ? new ActionScope(ScopeOperator.In, [uid], At(element))
                    : null;
            case [_, null, { } groups]:
                return Items(".entities", groups, "an array of actions", ActionOf) is { } uids
                    ? new ActionScope(ScopeOperator.In, uids, At(element))
                    : null;
            default:
                return Fail<ActionScope>(Expected, "both or neither");
        }
    }

    EntityUid? ActionOf(JsonElement element)
    {
        if (Uid(element) is not { } uid)
            return null;
        return Names.IsActionType(uid.Type)
            ? uid
            : Fail<EntityUid>("an entity of type Action", uid.ToString());
    }

    Condition? ConditionOf(JsonElement element)
    {
        const string Expected = "a condition with kind and body";
        if (Members(element, Expected, "kind", "body") is not { } members)
            return null;
        if (members is not [{ } kindText, { } bodyPart])
            return Fail<Condition>(Expected, "an object without one of them");
        if (In(".kind", kindText, Text) is not { } kind)
            return null;
        if (kind is not ("when" or "unless"))
            return Fail<Condition>("the kind when or unless", Shown(kind));
        return In(".body", bodyPart, ExpressionOf) is { } body
            ? new Condition(kind == "unless", body, At(element))
            : null;
    }

    string? EntityTypeOf(JsonElement element)
    {
        if (Text(element) is not { } type)
            return null;
        return Names.IsEntityType(type) ? type : Fail<string>("the name of an entity type", Shown(type));
    }

    string? Only(JsonElement element, string wanted)
    {
        if (Text(element) is not { } text)
            return null;
        return text == wanted ? text : Fail<string>($"'{wanted}'", Shown(text));
    }

    SourcePosition At(JsonElement element) => _json.Source.PositionAt(_json.OffsetOf(element));
}
