using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;

namespace Writ.Cedar;

/// <summary>
/// Policies and templates that decide together, each id once. Immutable and safe to share: parse once, decide often.
/// </summary>
public sealed partial class PolicySet
{
    readonly Dictionary<string, Policy> _policies;
    readonly Dictionary<string, Template> _templates;

    // Made at the first decision. Two threads may both make it; they make the same.
    PolicyIndex? _index;

    // The ids are distinct; whoever makes a set has checked that.
    PolicySet(ImmutableArray<Policy> policies, ImmutableArray<Template> templates)
    {
        Policies = policies;
        Templates = templates;
        _policies = policies.ToDictionary(policy => policy.Id, StringComparer.Ordinal);
        _templates = templates.ToDictionary(template => template.Id, StringComparer.Ordinal);
    }

    public static PolicySet Empty { get; } = new([], []);

    /// <summary>A set of policies with distinct ids, within the limits: some of those of another set.</summary>
    internal static PolicySet Of(ImmutableArray<Policy> policies) => new(policies, []);

    /// <summary>In the order of the text, links last.</summary>
    public ImmutableArray<Policy> Policies { get; }

    public ImmutableArray<Template> Templates { get; }

    internal PolicyIndex Index => _index ??= new PolicyIndex(Policies);

    /// <summary>Reads Cedar 4.5 policies and templates. Any error refuses the whole text.</summary>
    public static ParseResult<PolicySet> Parse(
        string text,
        PolicyIdSource ids = PolicyIdSource.Position,
        string? fileName = null,
        CedarExperiments experiments = CedarExperiments.None)
    {
        var parser = new Parser(new SourceText(text, fileName), experiments);
        if (parser.ParsePolicies() is not { } read)
            return new ParseResult<PolicySet>(parser.Errors);
        var collector = new Collector();
        for (var i = 0; i < read.Length; i++)
        {
            var annotations = ByName(read[i]);
            var id = ids == PolicyIdSource.Position
                ? FormattableString.Invariant($"policy{i}")
                : annotations.GetValueOrDefault("id", "");
            if (id.Length == 0)
                collector.Report("cedar.policy.no-id", "an annotation @id with a value", "a policy without", read[i]);
            else if (read[i].IsTemplate)
                collector.Add(new Template(id, read[i], annotations));
            else
                collector.Add(new Policy(id, read[i], annotations));
        }
        return collector.Finish();
    }

    /// <summary>One set of several, for a bundle of files; an id in two of them is an error.</summary>
    public static ParseResult<PolicySet> Combine(params IEnumerable<PolicySet> sets)
    {
        var collector = new Collector();
        foreach (var set in sets)
        {
            foreach (var template in set.Templates)
                collector.Add(template);
            foreach (var policy in set.Policies)
                collector.Add(policy);
        }
        return collector.Finish();
    }

    public bool TryGetPolicy(string id, [NotNullWhen(true)] out Policy? policy) =>
        _policies.TryGetValue(id, out policy);

    public bool TryGetTemplate(string id, [NotNullWhen(true)] out Template? template) =>
        _templates.TryGetValue(id, out template);

    /// <summary>
    /// This set with one more policy: the template with its slots filled, exactly those that it has, under an id that
    /// is new in the set.
    /// </summary>
    public ParseResult<PolicySet> Link(string templateId, string newId, SlotValues slots)
    {
        if (!TryGetTemplate(templateId, out var template))
            return Failed("cedar.link.no-template", "the id of a template", $"'{templateId}'");
        if (newId.Length == 0 || _policies.ContainsKey(newId) || _templates.ContainsKey(newId))
            return Failed("cedar.policy.duplicate-id", "an id that is new in the set", $"'{newId}'");
        if (Policies.Length + Templates.Length == CedarLimits.PoliciesMax)
            return Failed("cedar.limit.policies", Limit, "one more");
        if (!Fits(template, slots))
            return Failed("cedar.link.slots", $"values for exactly the slots of '{templateId}'", "others");
        var policy = LinkedPolicy(template, newId, slots);
        return new ParseResult<PolicySet>(new PolicySet(Policies.Add(policy), Templates));
    }

    static bool Fits(Template template, SlotValues slots) =>
        template.HasPrincipalSlot == slots.Principal is not null
        && template.HasResourceSlot == slots.Resource is not null;

    static Policy LinkedPolicy(Template template, string newId, SlotValues slots)
    {
        var syntax = template.Syntax with
        {
            Principal = template.Syntax.Principal.Fill(slots.Principal),
            Resource = template.Syntax.Resource.Fill(slots.Resource),
        };
        return new Policy(newId, syntax, template.Annotations, template.Id);
    }

    static ReadOnlyDictionary<string, string> ByName(PolicySyntax syntax) => syntax.Annotations
        .ToDictionary(pair => pair.Name, pair => pair.Value ?? "", StringComparer.Ordinal).AsReadOnly();

    static string Limit => FormattableString.Invariant($"at most {CedarLimits.PoliciesMax} policies");

    static ParseResult<PolicySet> Failed(string code, string expected, string found) =>
        new([new ParseError(code, default, expected, found)]);

    /// <summary>Gathers the members of a new set and sees to the ids and the limit.</summary>
    sealed class Collector
    {
        readonly ImmutableArray<Policy>.Builder _policies = ImmutableArray.CreateBuilder<Policy>();
        readonly ImmutableArray<Template>.Builder _templates = ImmutableArray.CreateBuilder<Template>();
        readonly HashSet<string> _ids = new(StringComparer.Ordinal);
        readonly List<ParseError> _errors = [];

        public void Add(Policy policy)
        {
            if (IsNew(policy.Id, policy.Syntax))
                _policies.Add(policy);
        }

        public void Add(Template template)
        {
            if (IsNew(template.Id, template.Syntax))
                _templates.Add(template);
        }

        public void Report(string code, string expected, string found, PolicySyntax syntax) =>
            Report(syntax.Source.ErrorAt(syntax.Start, code, expected, found));

        public void Report(ParseError error)
        {
            if (_errors.Count < CedarLimits.ErrorsMax)
                _errors.Add(error);
        }

        public ParseResult<PolicySet> Finish()
        {
            if (_errors.Count > 0)
                return new ParseResult<PolicySet>(_errors);
            if (_ids.Count > CedarLimits.PoliciesMax)
                return Failed("cedar.limit.policies", Limit, "more");
            var set = new PolicySet(_policies.DrainToImmutable(), _templates.DrainToImmutable());
            return new ParseResult<PolicySet>(set);
        }

        bool IsNew(string id, PolicySyntax syntax)
        {
            if (_ids.Add(id))
                return true;
            Report("cedar.policy.duplicate-id", "each policy id once", $"'{id}' again", syntax);
            return false;
        }
    }
}
