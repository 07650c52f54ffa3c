using System.Text;

namespace Writ.Cedar;

/// <summary>A set in Cedar's JSON policy format and back, and as Cedar text.</summary>
public sealed partial class PolicySet
{
    /// <summary>
    /// Reads Cedar's JSON policy format: a set <c>{staticPolicies, templates, templateLinks}</c>, or one policy or
    /// template, which then has the id <c>policy0</c>. Integers are exact; unknown and repeated members are errors,
    /// each with its path in the document. Places are those of the document.
    /// </summary>
    public static ParseResult<PolicySet> ParseJson(
        string json, string? fileName = null, CedarExperiments experiments = CedarExperiments.None) =>
        Load(JsonReading.ReadPolicies(json, fileName, experiments));

    /// <inheritdoc cref="ParseJson(string, string?, CedarExperiments)"/>
    public static ParseResult<PolicySet> ParseJson(
        ReadOnlyMemory<byte> utf8Json, string? fileName = null, CedarExperiments experiments = CedarExperiments.None) =>
        Load(JsonReading.ReadPolicies(utf8Json, fileName, experiments));

    /// <summary>This set in Cedar's JSON policy format, with its links.</summary>
    public string ToJson(bool indented = false) => PolicyJsonWriter.Write(this, indented);

    /// <summary>
    /// The templates and policies as formatted Cedar, templates first. Cedar has no words for ids and for links: the
    /// ids are left out, and a set with links is refused.
    /// </summary>
    public ParseResult<string> ToCedar()
    {
        if (Policies.FirstOrDefault(policy => policy.TemplateId is not null) is { } link)
            return new ParseResult<string>(
            [
                new ParseError(
                    "cedar.translate.link", default, "a set without links (they exist in JSON only)",
                    $"the link '{link.Id}'"),
            ]);
        var text = new StringBuilder();
        foreach (var template in Templates)
            text.Append(PolicyPrinter.Print(template.Syntax)).Append('\n');
        foreach (var policy in Policies)
            text.Append(PolicyPrinter.Print(policy.Syntax)).Append('\n');
        return PolicyFormatter.Format(text.ToString());
    }

    static ParseResult<PolicySet> Load(ParseResult<JsonPolicies> read)
    {
        if (!read.TryGetValue(out var json))
            return new ParseResult<PolicySet>(read.Errors);
        var collector = new Collector();
        var templates = new Dictionary<string, Template>(StringComparer.Ordinal);
        foreach (var (id, syntax) in json.Templates)
        {
            var template = new Template(id, syntax, ByName(syntax));
            collector.Add(template);
            templates.TryAdd(id, template);
        }
        foreach (var (id, syntax) in json.Policies)
            collector.Add(new Policy(id, syntax, ByName(syntax)));
        for (var i = 0; i < json.Links.Length; i++)
        {
            var link = json.Links[i];
            var place = FormattableString.Invariant($"at .templateLinks[{i}]");
            if (!templates.TryGetValue(link.TemplateId, out var template))
                collector.Report(link.Source.ErrorAt(
                    link.Start, "cedar.link.no-template", "the id of a template", $"'{link.TemplateId}' {place}"));
            else if (!Fits(template, link.Slots))
                collector.Report(link.Source.ErrorAt(
                    link.Start, "cedar.link.slots", $"values for exactly the slots of '{template.Id}'",
                    $"others {place}"));
            else
                collector.Add(LinkedPolicy(template, link.NewId, link.Slots));
        }
        return collector.Finish();
    }
}
