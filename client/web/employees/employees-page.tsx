import { Route, Switch } from 'wouter';
import { usePermission } from '../app/console-context.js';
import { EmptyNote } from '../parts/empty-note.js';
import { PageFrame } from '../parts/page-frame.js';
import { BackLink } from './back-link.js';
import { AddPage } from './form/add-page.js';
import { ExportPage } from './export/export-page.js';
import { ImportPage } from './import/import-page.js';
import { ListPage } from './list/list-page.js';
import { RecordPage } from './record/record-page.js';

/** Employee records: all of them, one, somebody new, many at once. What somebody may not do says so. */
export function EmployeesPage() {
  const mayGet = usePermission('employees:get');
  const mayAdd = usePermission('employees:add');
  return (
    <Switch>
      <Route path="/add" component={mayAdd ? AddPage : NotPermitted} />
      <Route path="/import" component={mayAdd ? ImportPage : NotPermitted} />
      <Route path="/export" component={mayGet ? ExportPage : NotPermitted} />
      {mayGet ? (
        <Route path="/:id/:mode?">
          {({ id, mode }) => <RecordPage key={id} idText={id} isEdited={mode === 'edit'} />}
        </Route>
      ) : null}
      <Route component={ListPage} />
    </Switch>
  );
}

function NotPermitted() {
  return (
    <PageFrame title="Employees" actions={<BackLink />}>
      <EmptyNote title="This is not permitted to you">
        Your account lacks the permission for it. An administrator can give it.
      </EmptyNote>
    </PageFrame>
  );
}
